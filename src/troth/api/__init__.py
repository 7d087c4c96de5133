"""HTTP: schemas and routes, no rules."""
