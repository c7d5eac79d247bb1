"""PostgreSQL as Django drives it, with statements that stay prepared and a cheaper look at whether it still answers."""
