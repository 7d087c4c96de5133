"""The expression language of policies (FEEL of OMG DMN). The issue on policies fills it."""
