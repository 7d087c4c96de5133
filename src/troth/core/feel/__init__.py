"""The expression language of policies (FEEL of OMG DMN). Not built yet: the issue on policies fills it."""
