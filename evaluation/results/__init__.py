"""Rows of judgements as plain tables, for statistics and files."""
