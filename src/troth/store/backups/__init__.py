"""One file that holds all that cannot be made again: how it is written, read, restored."""
