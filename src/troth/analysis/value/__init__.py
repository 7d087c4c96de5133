"""Lifetime value, risk, health, cost to serve. Not built yet: later issues fill it."""
