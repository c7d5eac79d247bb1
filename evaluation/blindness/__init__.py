"""Is a study blind? A study is copied into a scratch database, rated there over HTTP, and every byte is looked at."""
