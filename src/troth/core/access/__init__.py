"""Who may do what, to what."""
