from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationConfig(AppConfig):
    """Labels on items and turns, and how disagreements are settled."""

    name = "annotation"
    verbose_name = _("Annotation")

    def ready(self) -> None:
        """Follow when an item gets an alias, and when something is left out of results."""
        from annotation.services import leaving, moving  # noqa: F401  connects their receivers
