"""ROWS: PostgreSQL; the only Django app with models."""
