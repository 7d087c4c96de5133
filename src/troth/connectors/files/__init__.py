"""CSV and Parquet exports through a declared mapping: the reference connector."""
