"""The human-evaluation datasheet: its questions in short words of our own, and what the database knows of them."""
