"""When two source records are one customer, and whose field wins."""
