"""What people fill in. A form checks and then calls one service."""
