"""Segments as numbers: scores of recency, frequency and money, and groups that the data propose."""
