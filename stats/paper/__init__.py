"""A study report's figures, from long tables of blinded rows: no database, no names."""
