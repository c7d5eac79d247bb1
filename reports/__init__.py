"""Ink: a neutral Summary becomes a page, plots, tables and files. Knows no study and no model."""
