"""One module per decision kind: facts + policy + time → Decision, and its receipt."""
