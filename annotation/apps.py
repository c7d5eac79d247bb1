from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationConfig(AppConfig):
    """Labels on items and turns, and how disagreements are settled."""

    name = "annotation"
    verbose_name = _("Annotation")

    def ready(self) -> None:
        """Follow aliases and exclusions, and say who wrote the words that an alias replaces."""
        from annotation.services import leaving, mentions, moving  # noqa: F401  connects their receivers
