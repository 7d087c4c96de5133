"""Scheduled and queued work."""
