"""The operations, by noun: each reads through store.queries or writes through actions."""
