"""What is a customer worth: how often will they buy, and for how much each time?

Where nobody signs off, only silence tells that a customer is gone: `bg_nbd` and `gamma_gamma` over
`histories`. Risk, health and cost to serve come with later issues.
"""
