"""The PostgreSQL that Troth brings along: start it, share it, stop it."""
