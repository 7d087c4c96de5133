"""Past orders under a proposed policy. Not built yet: the issue on policies fills it."""
