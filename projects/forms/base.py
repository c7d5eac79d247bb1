"""What the forms share: a service's refusal becomes an error of the form; languages are typed as codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.formats.languages import language_code

T = TypeVar("T")

# No blank, and no sign at the front: codes end up in spreadsheets and in figures.
code_validator = RegexValidator(
    r"^\w[\w.:/@-]*\Z", gettext_lazy("Use letters, digits and . - _ : / @ only, beginning with a letter or digit.")
)


class ServiceForm(forms.Form):
    """A form whose `save()` is one call of a service."""

    # The service's name of a field -> the form's, where they differ.
    names: ClassVar[dict[str, str]] = {}

    def attempt(self, call: Callable[[], T]) -> T | None:
        """Return what the service gives; where it refuses, keep its reasons as errors and return None."""
        try:
            return call()
        except ValidationError as error:
            self._refuse(error)
            return None

    def _refuse(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = self.names.get(name, name)
            self.add_error(field if field in self.fields else None, errors)


class LanguagesField(forms.CharField):
    """Language codes, separated by commas; a list of tags such as "en" and "zh"."""

    def __init__(self, **kwargs: Any) -> None:
        """Be optional: no language means any language."""
        kwargs.setdefault("label", gettext_lazy("Languages"))
        kwargs.setdefault("help_text", gettext_lazy("Codes, separated by commas: en, zh. Empty means any language."))
        super().__init__(required=False, max_length=200, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list the way it is typed."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Return the codes in the order typed, each once; what is no language is named in the error."""
        names = [part.strip() for part in (super().to_python(value) or "").replace("，", ",").split(",")]
        codes = {name: language_code(name) for name in names if name}
        wrong = [name for name, code in codes.items() if not code]
        if wrong:
            raise ValidationError(_("These are no language codes: %(names)s.") % {"names": ", ".join(wrong)})
        return list(dict.fromkeys(codes.values()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as typed."""
        return bool(self.prepare_value(initial or "") != (data or ""))

    def run_validators(self, value: Any) -> None:
        """The validators of a text would measure the list."""
