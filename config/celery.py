"""The queue. Tasks live in each app's tasks.py; the rows they work on are the truth, messages only ring."""

import os
from pathlib import Path

from celery import Celery

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

broker.install()
app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def prepare_folders() -> None:
    """Make the folders of the filesystem broker; the transport itself does not."""
    options = app.conf.broker_transport_options or {}
    for key in ("data_folder_in", "data_folder_out", "control_folder"):
        if folder := options.get(key):
            Path(folder).mkdir(parents=True, exist_ok=True)


prepare_folders()
