"""Business time: the only date arithmetic in the house."""
