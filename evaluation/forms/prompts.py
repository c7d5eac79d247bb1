"""The form of a prompt template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import PromptTemplate, PromptVersion, Purpose
from evaluation.prompting import markup
from evaluation.prompting.ready_made import PromptPreset
from evaluation.services import prompts
from projects.formats.languages import language_code
from projects.forms.base import ServiceForm
from projects.models import Project, User

# Each with a field of its own; one more language has a field for its code.
LANGUAGES = ("en", "zh-Hans")


class TypedField(forms.CharField):
    """A text of several lines. Browsers send each line's end as two letters; one is kept."""

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


def typed(label: Any, help_text: Any = "", rows: int = 9) -> TypedField:
    """Return a field for messages or examples."""
    area = forms.Textarea(attrs={"rows": rows, "class": "code", "spellcheck": "false"})
    return TypedField(
        label=label, required=False, max_length=prompts.MOST_LETTERS, widget=area, help_text=help_text, strip=False
    )


class PromptForm(ServiceForm):
    """A template's name and what its newest version says."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    purpose = forms.ChoiceField(label=gettext_lazy("For"), choices=Purpose.choices, widget=forms.RadioSelect)
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    messages_en = typed(
        gettext_lazy("Messages in English"),
        gettext_lazy(
            "Begin each message with its role alone on a line: [system], [user] or [assistant]. {text} stands for the "
            "item; {options}, {labels}, {topic}, {subtopic}, {dialogue}, {turns} and {examples} are known too."
        ),
    )
    messages_zh = typed(gettext_lazy("Messages in Chinese"))
    other = forms.CharField(
        label=gettext_lazy("Another language"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Its code, as de."),
    )
    messages_other = typed(gettext_lazy("Messages in that language"), rows=4)
    fallback = forms.CharField(
        label=gettext_lazy("Fallback language"), max_length=20, initial="en",
        help_text=gettext_lazy("Serves items in a language that has no messages."),
    )  # fmt: skip
    examples = typed(
        gettext_lazy("Examples"),
        gettext_lazy(
            'One a line, as {"language": "en", "text": "…", "answer": "…"}. They are sent as earlier turns, or in '
            "place of {examples}."
        ),
        rows=4,
    )
    example_en = typed(
        gettext_lazy("One example as text, in English"), gettext_lazy("Needed with {examples}: {text} and {answer}."), 2
    )
    example_zh = typed(gettext_lazy("One example as text, in Chinese"), rows=2)
    output = forms.ChoiceField(
        label=gettext_lazy("What the answer holds"), choices=PromptVersion.Output.choices, widget=forms.RadioSelect,
        initial=PromptVersion.Output.PLAIN,
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        project: Project,
        template: PromptTemplate | None = None,
        preset: PromptPreset | None = None,
    ) -> None:
        """Show a template, a preset, or an empty sheet."""
        self.project, self.template = project, template
        super().__init__(data, initial=_of_template(template) if template else _of_preset(preset))
        if template is not None:
            del self.fields["purpose"]

    def clean(self) -> dict[str, Any]:
        """Put the texts together as the service takes them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        texts = {}
        for language, field in self._languages(cleaned):
            if cleaned.get(f"messages_{field}", "").strip():
                example = cleaned.get(f"example_{field}", "")
                texts[language] = {"messages": markup.read_messages(cleaned[f"messages_{field}"]), "example": example}
        cleaned["texts"] = texts
        try:
            cleaned["shots"] = markup.read_examples(cleaned.get("examples", ""))
        except markup.BadLine as error:
            self.add_error("examples", _("Line %(number)s is no JSON object.") % {"number": error.number})
        return cleaned

    def clean_other(self) -> str:
        """Return the other language's code as it is stored."""
        typed_code = self.cleaned_data["other"].strip()
        code = language_code(typed_code) if typed_code else ""
        if typed_code and not code:
            raise ValidationError(_("This is no language code."))
        return str(code or "")

    def keep(self, actor: User) -> PromptTemplate | None:
        """Make or revise the template; None where the service refuses."""
        given = self.cleaned_data
        content = {
            "texts": given["texts"], "examples": given["shots"], "fallback": given["fallback"].strip(),
            "output": given["output"], "name": given["name"], "description": given["description"], "actor": actor,
        }  # fmt: skip
        template = self.template
        if template is None:
            return self.attempt(lambda: prompts.create(project=self.project, purpose=given["purpose"], **content))
        return template if self.attempt(lambda: prompts.revise(template, **content)) else None

    def _languages(self, cleaned: dict[str, Any]) -> list[tuple[str, str]]:
        found = [("en", "en"), ("zh-Hans", "zh")]
        return found + ([(cleaned["other"], "other")] if cleaned.get("other") else [])


def _of_template(template: PromptTemplate) -> dict[str, Any]:
    version = template.version
    about = {"name": template.name, "description": template.description}
    if version is None:
        return about
    return about | _content(version.texts, version.examples, version.output, version.fallback)


def _of_preset(preset: PromptPreset | None) -> dict[str, Any]:
    if preset is None:
        return {"purpose": Purpose.ANSWER, "messages_en": "[system]\n\n\n[user]\n{text}"}
    about = {"name": str(preset.name), "purpose": preset.purpose, "description": str(preset.description)}
    return about | _content(preset.texts, preset.examples, preset.output, preset.fallback)


def _content(texts: Any, examples: Any, output: str, fallback: str) -> dict[str, Any]:
    values: dict[str, Any] = {"output": output, "fallback": fallback, "examples": markup.write_examples(examples)}
    for language, text in texts.items():
        field = {"en": "en", "zh-Hans": "zh"}.get(language, "other")
        values[f"messages_{field}"] = markup.write_messages(text["messages"])
        values[f"example_{field}"] = text.get("example", "")
        if field == "other":
            values["other"] = language
    return values
