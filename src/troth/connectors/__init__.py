"""SOURCES: one folder per system; one Protocol, one shared test suite."""
