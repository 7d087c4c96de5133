"""Canonical bytes and the Merkle tree: what makes the audit trail tamper-evident."""
