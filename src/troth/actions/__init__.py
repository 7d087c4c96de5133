"""VERBS: every write there is, its author and its audit entry."""
