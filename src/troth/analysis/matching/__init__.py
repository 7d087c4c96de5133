"""Which records are one customer, in all systems, by what they say about themselves?

`standard` puts records so that they can be compared; `designs` says what is compared; `training`
learns the weights of a workspace without labels, and gives a `MatchModel`; `scoring` scores all
pairs with Splink. `core.identity` decides with what comes out.
"""
