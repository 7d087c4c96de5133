"""Scopes, versions and resolution: which value applies to whom, and what it overrode."""
