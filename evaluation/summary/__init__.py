"""Reports of blind studies: rows into tables, tables into figures, figures into a Summary. For the worker only."""
