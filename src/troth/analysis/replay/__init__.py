"""Past decisions under a proposed policy: what changes, for whom, and what it costs.

Orders do not compete for stock here yet: each is decided by itself.
"""
