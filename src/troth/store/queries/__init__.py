"""Every read by a person: each takes a viewer."""
