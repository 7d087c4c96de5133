"""Which tier a customer is in, why, and what it takes to enter or leave."""
