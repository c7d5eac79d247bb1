"""From a prompt version and an item to the messages of a call. Pure: knows no rows, no server."""
