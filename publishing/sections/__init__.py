"""Sections of a study report: each turns figures of `stats.paper` into blocks, with names in the codes' places."""
