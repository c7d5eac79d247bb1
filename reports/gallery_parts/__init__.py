"""The blocks of the example report."""
