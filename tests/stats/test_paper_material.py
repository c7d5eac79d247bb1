"""The long tables of a study report: to files and back without losing a bit, and what is wrong is named."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.paper.material import Item, Judgement, Material, Response, Study, Verdict

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(WORDS, st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5))
def test_tables_come_back_as_they_were(word: str, number: float, count: int) -> None:
    material = Material(
        studies=(Study("s", "ranking", title=word),),
        items=(Item("1", topic=word),),
        responses=(Response("a", "1", "S1", count, flagged=True), Response("b", "1", "S2")),
        judgements=(Judgement("s", "u", "1", "R1", "score", value=number, label=word),),
        verdicts=(Verdict("j", "J1", "t", "1", failed=word),),
    )
    assert Material.from_files(material.to_files()) == material


def test_what_a_spreadsheet_would_run_stands_behind_a_mark() -> None:
    files = Material(items=[Item("=1+1"), Item("'quoted"), Item("-")]).to_files()
    assert files["items.csv"].splitlines()[1:] == ["'=1+1,,,,qa", "''quoted,,,,qa", "'-,,,,qa"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns must be"),
        ("handle,item\na,b\n", "columns must be"),
        ("handle,item,system,round,characters,words,flagged\na,b\n", "row 2: 2 cells where 7 belong"),
        ("handle,item,system,round,characters,words,flagged\na,b,c,x,1,1,0\n", "row 2: round may not be 'x'"),
        ("handle,item,system,round,characters,words,flagged\na,b,c,1,1,1,yes\n", "row 2: flagged may not be 'yes'"),
        ('handle,item,system,round,characters,words,flagged\n"a,b,c,1,1,1,0\n', "unexpected end of data"),
    ],
)
def test_a_broken_table_is_named(text: str, said: str) -> None:
    files = {**Material().to_files(), "responses.csv": text}
    with pytest.raises(ValueError, match=r"responses\.csv") as caught:
        Material.from_files(files)
    assert said in str(caught.value)


@pytest.mark.parametrize("number", ["nan", "inf", "1_0", "one"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    files = Material(judgements=[Judgement("s", "u", "1", "R1", "score", value=1.5)]).to_files()
    files["judgements.csv"] = files["judgements.csv"].replace("1.5", number)
    with pytest.raises(ValueError, match=r"judgements\.csv, row 2: value may not be"):
        Material.from_files(files)


def test_a_table_that_lacks_is_named_and_nan_is_never_written() -> None:
    files = Material().to_files()
    del files["verdicts.csv"]
    with pytest.raises(ValueError, match=r"verdicts\.csv is missing"):
        Material.from_files(files)
    with pytest.raises(ValueError, match="no place in a table"):
        Material(judgements=[Judgement("s", "u", "1", "R1", "score", value=math.nan)]).to_files()
