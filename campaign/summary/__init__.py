"""Chapters and pages of the campaign in terms of reports."""
