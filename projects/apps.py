from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Who works on what, and the work loop that every kind of study shares."""

    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        """Connect what follows a log-in."""
        from projects import signals  # noqa: F401  models exist only from here on
