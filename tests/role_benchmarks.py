"""Responses from a file for the world of the role matrix: read by a worker, and waiting for the decision."""

from __future__ import annotations

import json

from django.core.files.base import ContentFile

from evaluation.models import ResponseImport
from evaluation.services import response_files
from projects.models import Dataset, User


def furnish(dataset: Dataset, manager: User, mark: str) -> ResponseImport:
    """Upload a file with a good row and a bad one, whose every text has the mark, and check it."""
    from role_world import work_off

    item = dataset.items.order_by("position")[0].external_id
    rows = [{"item_id": item, "text": f"Answer {mark}"}, {"item_id": f"nowhere {mark}", "text": f"As an AI, {mark}"}]
    content = "".join(json.dumps({**row, "system": f"Filed {mark}"}) + "\n" for row in rows)
    file = ContentFile(content.encode())
    batch = response_files.receive(dataset=dataset, file=file, filename=f"filed {mark}.jsonl", actor=manager)
    work_off(response_files.request_check(batch=batch, columns=response_files.columns_of(batch), actor=manager).pk)
    batch.refresh_from_db()
    return batch
