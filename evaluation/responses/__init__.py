"""Responses that come in files: what their columns are, and what each row says. Pure: knows no model, no database."""
