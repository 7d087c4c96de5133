"""Named column tables for analysis, brought up from PostgreSQL."""
