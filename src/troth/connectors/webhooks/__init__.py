"""The way out: one signed message to one address on the public internet."""
