"""The datasheet as plain data, as Markdown and as JSON.

Questions that only people can answer are marked as open, and answers that only people can confirm as assumed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Study
from publishing.heds import answers, questions
from publishing.heds.facts import facts
from reports.exports.methods import plain

BLIND = ("ranking", "rating", "comparison")
FILLED, ASSUMED, OPEN = "filled", "assumed", "open"
Row = dict[str, Any]


def sheet(title: str, studies: Sequence[Study]) -> Row:
    """Return the datasheet of these studies: one experiment a study."""
    experiments = [experiment(study) for study in studies if study.kind in BLIND]
    states = Counter(row["state"] for row in every(experiments))
    return {"heds": questions.VERSION, "source": questions.SOURCE, "title": title, "open": states[OPEN],
            "assumed": states[ASSUMED], "experiments": experiments}  # fmt: skip


def experiment(study: Study) -> Row:
    """Return one study's questions with their answers, and those of each criterion."""
    known = facts(study)
    assumed = answers.assumed(known)
    return {
        "study": study.name,
        "questions": asked(questions.EXPERIMENT, answers.experiment(known), assumed),
        "criteria": [
            {"name": name, "questions": asked(questions.CRITERION, found, assumed)}
            for name, found in answers.criteria(known)
        ],
    }


def asked(wanted: Mapping[str, str], known: Mapping[str, str], assumed: Container[str]) -> list[Row]:
    """Return questions with their answers; what is not known is open."""
    return [
        {
            "number": number,
            "question": _(words),
            "answer": known.get(number) or None,
            "state": OPEN if not known.get(number) else ASSUMED if number in assumed else FILLED,
        }
        for number, words in wanted.items()
    ]


def every(experiments: Sequence[Row]) -> Iterator[Row]:
    """Yield every question of every experiment."""
    for one in experiments:
        yield from one["questions"]
        for criterion in one["criteria"]:
            yield from criterion["questions"]


def as_json(found: Row) -> bytes:
    """Return a datasheet as JSON."""
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def as_markdown(found: Row) -> bytes:
    """Return a datasheet as Markdown, open questions marked."""
    lines = [
        f"# {plain(_('Human evaluation datasheet'))}: {plain(found['title'])}",
        plain(_("Version %(version)s of the datasheet. Source of the questions: %(source)s.") % {
            "version": found["heds"], "source": found["source"],
        }),
        plain(ngettext("%(n)s question is open: it stands with an empty box.",
                       "%(n)s questions are open: they stand with an empty box.", found["open"])
              % {"n": found["open"]}),
        plain(ngettext("%(n)s answer is assumed: confirm or change it.",
                       "%(n)s answers are assumed: confirm or change them.", found["assumed"])
              % {"n": found["assumed"]}),
    ]  # fmt: skip
    for one in found["experiments"]:
        lines.append(f"## {plain(one['study'])}")
        lines += _experiment(one)
    return ("\n\n".join(lines) + "\n").encode()


def _experiment(one: Row) -> Iterator[str]:
    for section, words in questions.SECTIONS.items():
        yield f"### {section} {plain(_(words))}"
        if section == "4":
            for criterion in one["criteria"]:
                yield f"#### {plain(criterion['name'])}"
                yield _list(criterion["questions"])
        else:
            yield _list([row for row in one["questions"] if row["number"].startswith(f"{section}.")])


def _list(rows: Sequence[Row]) -> str:
    return "\n".join(
        f"- [{'x' if row['state'] == FILLED else ' '}] **{row['number']}** {plain(row['question'])} — {_answer(row)}"
        for row in rows
    )


def _answer(row: Row) -> str:
    if row["state"] == OPEN:
        return f"*{plain(_('not answered yet'))}*"
    marked = f" *({plain(_('assumed, to be confirmed'))})*" if row["state"] == ASSUMED else ""
    return f"{plain(row['answer'])}{marked}"
