"""Values for decisions: what was known about a subject at an instant."""
