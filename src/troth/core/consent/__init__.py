"""Purposes, the notices that declare them, and what each subject has said to them."""
