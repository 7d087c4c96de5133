"""What the API says, shape by shape: the public contract, with an example of each."""
