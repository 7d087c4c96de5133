"""Sources that are asked: what a database or an API gives becomes a delivery, read as files are."""
