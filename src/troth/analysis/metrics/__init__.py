"""One module per family; a metric is an expression that any engine can run."""
