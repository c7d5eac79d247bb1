"""Files in and out as neutral records: pure reading, mapping, checking and writing, without models or HTTP."""
