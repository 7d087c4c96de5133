"""Web pages: no rules."""
