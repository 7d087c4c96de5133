"""Each speed claim as a ratio against a peer, in one run."""
