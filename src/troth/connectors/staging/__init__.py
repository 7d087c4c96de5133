"""Delivered rows, mapped, checked and compared with what is landed: shared by all connectors."""
