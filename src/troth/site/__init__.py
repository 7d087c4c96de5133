"""Settings, URLs, WSGI: the one place that wires."""
