"""Treat customers differently on purpose, keep every promise, and know whether it pays."""
