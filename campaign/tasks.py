"""What workers do for a campaign by the clock."""

from __future__ import annotations

from celery import shared_task

from campaign.services import reminding, watching


@shared_task
def watch_studies() -> None:
    """Ask for a look at every study whose counters have moved."""
    for study in watching.stale():
        watching.ask(study, actor=None)


@shared_task
def send_messages() -> None:
    """Send the reminders and digests that are due; each leaves once, however often this is asked."""
    reminding.send_due()
