"""What a model is told when it judges, and how its answer is read. Pure."""
