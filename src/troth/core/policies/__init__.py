"""Scopes, versions and resolution: which value applies to whom, from which layer, and what it overrode."""
