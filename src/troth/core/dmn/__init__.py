"""Decision tables and models in FEEL. Not built yet: the issue on policies fills it."""
