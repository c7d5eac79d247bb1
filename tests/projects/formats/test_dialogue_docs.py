"""The examples of docs/dialogues.md are files that can be read as the page says."""

from __future__ import annotations

import re
from pathlib import Path

from projects.formats.dialogues import files
from projects.formats.dialogues.records import SessionRecord
from projects.formats.limits import DEFAULT_LIMITS

PAGE = Path(__file__).parents[3] / "docs" / "dialogues.md"


def read(folder, example, name):
    """The sessions of an example, which has no fault."""
    path = folder / name
    path.write_text(example, encoding="utf-8")
    table = files.open_file(path, filename=name, encoding="", limits=DEFAULT_LIMITS)
    found = list(files.sessions(table, files.usual(table, files.seems(table))))
    assert all(isinstance(one, SessionRecord) for one in found)
    return found


def test_examples_of_the_page_are_read_as_it_says(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    (one,) = read(tmp_path, " ".join(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0].split("\n")), "a.jsonl")
    assert (one.external_id, one.case, one.case_order, one.answers[0].values) == ("s-7", "k-2", 3, ("Early",))
    assert [(said.rater, said.values) for said in one.turns[0].answers] == [("A1", ("Anxiety",)), ("A2", ())]
    assert [(made.source, made.score) for made in one.turns[1].proposals] == [("model-a", 0.8)]
    (two,) = read(tmp_path, re.findall(r"```\n(transcript_id.*?)```", page, re.DOTALL)[0], "a.csv")
    assert [(said.rater, said.field, said.values) for said in two.turns[0].answers] == [
        ("A1", "emotion", ("Anxiety",)),
        ("A2", "emotion", ("Anxiety", "Sadness")),
    ]
    assert [(said.rater, said.field) for said in two.answers] == [("A1", "stage")]
