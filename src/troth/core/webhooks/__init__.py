"""What is told to other systems, how it is signed, when it is tried again, and where it may go."""
