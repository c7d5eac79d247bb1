"""An edition as files."""
