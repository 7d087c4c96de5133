"""Components that pages share, each once."""
