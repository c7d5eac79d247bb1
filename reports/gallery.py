"""An example report with invented numbers: every block once, for tests and for looking at."""

from datetime import UTC, datetime

from .gallery_parts import figures, plots, tables
from .summary import Parameter, Section, Summary, Text


def example_summary() -> Summary:
    """Return a made-up label review that shows every block, defined and undefined."""
    return Summary(
        key="example",
        title="Emotional support: label review",
        subtitle="200 posts, 4 raters, main round",
        headline="Four raters agreed well beyond chance on what a post asks for: "
        "Krippendorff's alpha is 0.71, and the data are compatible with 0.64 to 0.77.",
        warnings=["Two raters have answered fewer than half of the overlap items; the study is still open."],
        sections=_sections(),
        methods=_methods(),
        parameters=_parameters(),
        limits=["12 posts were left out because they hold only a link.", "One rater joined in the second week."],
        generated_at=datetime(2026, 3, 9, 14, 30, tzinfo=UTC),
    )


def _sections() -> list[Section]:
    return [
        Section(
            key="agreement",
            title="Agreement",
            intro="How far the raters' first, independent answers agree. Answers given after a discussion stand apart.",
            blocks=[*figures.agreement(), plots.coefficients(), plots.pairs()],
        ),
        Section(key="groups", title="By group and topic", blocks=[plots.groups(), plots.topics()]),
        Section(
            key="model",
            title="Model against people",
            blocks=[
                *figures.model(),
                plots.confusion(),
                plots.outcomes(),
                plots.ratings(),
                plots.differences(),
                plots.beside(),
            ],
        ),
        Section(key="time", title="Over time", blocks=[plots.drift()]),
        Section(key="flow", title="Flow", blocks=[plots.flow()]),
        Section(key="raters", title="Raters", blocks=[tables.raters(), tables.systems(), plots.ranks()]),
        Section(key="items", title="Most disputed items", folded=True, blocks=[_folded_note(), tables.disputed()]),
    ]


def _folded_note() -> Text:
    words = "These items had the widest spread of answers. Read them before you read the figures."
    return Text(key="note", paragraphs=[words], tone="note")


def _methods() -> list[str]:
    return [
        "Agreement was computed on each rater's last submission before the rater saw a proposal or another's answer.",
        "Krippendorff's alpha (nominal) and Gwet's AC1 were computed over the three declared categories.",
        "Intervals are percentile bootstrap intervals over items (1,000 replicates, seed 20260309).",
    ]


def _parameters() -> list[Parameter]:
    return [
        Parameter(label="Seed", value=20260309),
        Parameter(label="Replicates", value=1000),
        Parameter(label="Level", value=0.95),
        Parameter(label="Categories", value="asks for advice, asks for comfort, neither"),
        Parameter(label="Inputs", value="sha256:5f3a…c921"),
    ]
