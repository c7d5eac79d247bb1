"""Dialogues in and out of files as neutral records: sessions of turns, without models or HTTP."""
