"""What people fill in: settings of studies, and answers."""
