"""Purposes and their state. Not built yet: the issue on one customer fills it."""
