"""Candidate pairs and scores at scale. Not built yet: the issue on one customer fills it."""
