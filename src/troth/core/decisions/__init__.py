"""One module per decision kind: facts + policy + time → Decision, and the receipt that proves it."""
