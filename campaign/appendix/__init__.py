"""The appendix for a paper: how a study was carried out, as one document, in two formats."""
