from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignConfig(AppConfig):
    """What a study's manager does all week: training, guidelines, consent, messages, quality, time and pay."""

    name = "campaign"
    verbose_name = _("Campaign")

    def ready(self) -> None:
        """Follow a study that is cloned."""
        from campaign.services import cloning  # noqa: F401  connects its receiver
