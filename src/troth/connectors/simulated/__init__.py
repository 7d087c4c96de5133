"""A company that does not exist, with known truth, for the demo and the tests."""
