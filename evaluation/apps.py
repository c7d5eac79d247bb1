from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    """Systems that answer, the endpoints behind them, the prompts they get, and the runs that ask them."""

    name = "evaluation"
    verbose_name = _("Evaluation")
