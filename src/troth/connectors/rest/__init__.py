"""Any API that gives JSON in pages, declared in the mapping: auth, paging, cursor, no code."""
