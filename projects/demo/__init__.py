"""The demonstration's texts, and what reads them."""
