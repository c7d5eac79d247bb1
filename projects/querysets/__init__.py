"""Queries that several services and pages share: queryset in, queryset out."""
