"""What a source's declared mapping says: which export becomes which record, field by field."""
