"""Groups of customers that are treated alike. Not built yet: the issue on one customer fills it."""
