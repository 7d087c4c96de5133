"""Experiments, attribution, cohorts. Not built yet: later issues fill it."""
