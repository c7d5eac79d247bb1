from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublishingConfig(AppConfig):
    """What leaves a project for a paper: the study report, its files, and the bundle that computes it again."""

    name = "publishing"
    verbose_name = _("Publishing")
