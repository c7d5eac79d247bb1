"""Wiring: settings, URLs, the queue and the web server's entry point."""

from .celery import app as celery_app

__all__ = ["celery_app"]
