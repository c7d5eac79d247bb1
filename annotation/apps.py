from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationConfig(AppConfig):
    """Labels on items and turns, and how disagreements are settled."""

    name = "annotation"
    verbose_name = _("Annotation")
