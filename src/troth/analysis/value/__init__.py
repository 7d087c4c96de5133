"""What is a customer worth: how long do they stay, how often do they buy, and for how much?

Where nobody signs off, only silence tells that a customer is gone: `bg_nbd` and `gamma_gamma` over
`histories`, put together in `lifetime`. Where they do, `survival`. `risk` tells from any columns
who is about to leave, and `calibration` whether such chances held. `assessing` is all of it for a
company, each customer by the model that is made for them.
"""
