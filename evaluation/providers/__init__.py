"""Talking to servers that speak the chat-completions protocol. Knows addresses, keys and errors; knows no rows."""
