"""What people must do about a decision: clocks and their transitions."""
