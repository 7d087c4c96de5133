"""How is what a source wrote put so that two ways of writing it are equal?

Pure functions of text: `names`, `companies`, `phones`, `emails`, `addresses`; `parties` applies
them to a table of records, once for each distinct value.
"""
