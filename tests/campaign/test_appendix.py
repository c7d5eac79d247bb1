"""The appendix for a paper: what stands in it, what never does, and that both formats are sound."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from blind_world import BlindWorld
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from label_world import World

from campaign.appendix import camera, making, pages, prose, tex, word
from campaign.appendix.document import Bullets, Document, Grid, Heading, Para, Picture
from campaign.models import Appendix, Calibration, Consent, ConsentText, PayRate, TrainingItem
from projects.models import Assignment, Job, Rater, Study, StudyRole, User
from projects.services import jobs
from reports.exports import export
from reports.summary import Column, Missing, Section, Summary, Table


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


DOT = chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])) + chunk(b"IDAT", zlib.compress(b"\0\0"))
PNG = b"\x89PNG\r\n\x1a\n" + DOT + chunk(b"IEND", b"")
LIST = "- 100 % sure\n- see [this](https://example.org/a_b)\n\n"
GUIDELINE = f"# Rule\n\nRead *twice*.\n\n{LIST}| a | b |\n|---|---|\n| 1 | 2 |\n"

KEPT = (User, Rater, StudyRole, Assignment)


def sound(source: str) -> None:
    """Hold a LaTeX text to what its compiler would: groups and environments closed, nothing special left bare."""
    bare = re.sub(r"\\.", "", re.sub(r"(?<!\\)%.*", "", source))
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", source):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    body = source.partition(r"\begin{document}")[2]
    tables = "".join(re.findall(r"\\begin\{longtable\}.*?\\end\{longtable\}", body, re.DOTALL))
    outside = re.sub(r"\\.", "", body)
    assert re.search(r"[#^~]", outside.replace("$-$", "")) is None
    assert re.sub(r"\\.", "", tables).count("&") == outside.count("&")


words = st.text(max_size=40)
blocks = st.one_of(
    st.builds(Heading, words, st.integers(1, 6)),
    st.builds(Para, words, st.booleans()),
    st.builds(Bullets, st.lists(words, max_size=3), st.booleans()),
    st.builds(lambda caption, a, b: Grid(caption, ["x", a], [[b, a], [a, b]]), words, words, words),
)


@settings(max_examples=25, deadline=None)
@given(words, st.lists(blocks, max_size=5))
def test_any_words_make_sound_documents(title: str, made: list[Any]) -> None:
    document = Document(title, [*made, Picture("p", PNG, title, 0.5)])
    sound(tex.source(document))
    read = docx.Document(BytesIO(word.write(document)))
    assert len(read.tables) == sum(isinstance(block, Grid) for block in made)
    assert len(read.inline_shapes) == 1


def test_hostile_words_are_printed_not_obeyed() -> None:
    source = tex.source(Document(r"\input{/etc/passwd}", [Para("50 % & $x_1$ # ~ ^ {a} [b] \\ <c>")]))
    assert r"\textbackslash{}input\{/etc/passwd\}" in source
    assert r"50 \% \& \$x\_1\$ \# \textasciitilde{} \textasciicircum{} \{a\} {[}b{]}" in source
    sound(source)


HOSTILE = "50 % & $x_1$ # ~ ^ {a} [b] \\ <c> | \" * `d` 'e' -- \\input{x} é ß ž – — … “f” × •"
# With XeLaTeX anything may come, signs that no font has as well.
EVERYTHING = f"{HOSTILE} 情绪支持，家庭 — 冲突。 α ≤ → \u200b \U0001f642"
ENGINES = pytest.mark.parametrize(("engine", "text"), [("pdflatex", HOSTILE), ("xelatex", EVERYTHING)])


def compiles(engine: str, folder: Path) -> None:
    """Hold a document to its compiler, which makes a PDF or stops at the first error."""
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "appendix.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-1500:]


@ENGINES
def test_the_compiler_takes_it(engine: str, text: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    rows = [[text, "*"], ["[x]", ""]]
    made = [Heading(text, 1), Para(text), Para(text, quoted=True), Bullets([text, "[x]"]), Bullets([]),
            Grid(text, [text, "b"], rows)]  # fmt: skip
    (tmp_path / "appendix.tex").write_text(tex.source(Document(text, made)))
    compiles(engine, tmp_path)


@pytest.mark.parametrize("columns", [2, 4, 6, 9])
def test_no_table_of_the_appendix_is_wider_than_the_line(columns: int, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    head = [f"Share of raters {n}" for n in range(columns)]
    grids = [Grid("Some", head, [["12", *["a few words of some length"] * (columns - 1)]] * n) for n in (3, 90)]
    grids.append(Grid("Short", head, [["1"] * columns]))
    (tmp_path / "appendix.tex").write_text(tex.source(Document("A", grids)))
    for _time in range(2):
        compiles("pdflatex", tmp_path)
    log = (tmp_path / "appendix.log").read_text(errors="replace")
    assert re.findall(r"Float too large.*|Overfull .*", log) == []


def test_tables_without_a_caption_take_no_number() -> None:
    source = tex.source(Document("A", [Grid("", ["a"], [["1"]]), Grid("Named", ["a"], [["1"]])]))
    first, second = source.split(r"\end{longtable}")[1:]
    assert [first.count(r"\addtocounter{table}{-1}"), second.count(r"\addtocounter")] == [1, 0]
    assert source.count(r"\caption{Named}") == 1


def test_columns_of_the_appendix_share_the_line_by_their_words() -> None:
    wide = tex.shares(Grid("", ["What", "Value"], [["Name", "word " * 30]]))
    assert wide == [0.087, 0.487]
    many = tex.shares(Grid("", ["a", "b", "c"], [["word " * 30] * 3]))
    assert many == [0.333] * 3
    assert sum(tex.shares(Grid("", ["情绪" * 30] * 7, []))) <= 1


@ENGINES
def test_the_compiler_takes_a_reports_tables(engine: str, text: str, tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    columns = [Column(key="a", label=text), Column(key="b", label="Value", kind="ci")]
    table = [
        Table(key=f"t{n}", caption=text, columns=columns, rows=[[text * 3, 0.5], ["[x]", Missing("no_overlap")]])
        for n in range(60)
    ]
    summary = Summary(key="s", title=text, headline=text, sections=[Section(key="s", title=text, blocks=table)])
    packages = r"\usepackage{booktabs,graphicx,longtable,pdflscape}" + (
        r"\usepackage[T1]{fontenc}" if engine == "pdflatex" else r"\usepackage[fontset=fandol]{ctex}"
    )
    body = export(summary, "latex").content.decode()
    whole = rf"\documentclass{{article}}{packages}\begin{{document}}" + "\n" + body + r"\end{document}"
    (tmp_path / "appendix.tex").write_text(whole)
    compiles(engine, tmp_path)


def test_a_text_that_pdflatex_cannot_print_says_which_engine_it_needs() -> None:
    assert "program = xelatex" not in tex.source(Document("Words – and “more” é", []))
    assert tex.source(Document("Words", [Para("情绪")])).startswith("% !TeX program = xelatex\n")


def test_markdown_becomes_blocks() -> None:
    assert list(prose.blocks(GUIDELINE, below=1)) == [
        Heading("Rule", 2),
        Para("Read twice."),
        Bullets(["100 % sure", "see this (https://example.org/a_b)"]),
        Grid("", ["a", "b"], [["1", "2"]]),
    ]
    assert list(prose.blocks("::: zh\n# 先读\n读两遍", below=2)) == [
        Heading("Simplified Chinese", 3), Heading("先读", 4), Para("读两遍"),
    ]  # fmt: skip


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    """A review with a guideline, some answers, and nobody's name wanted in its appendix."""
    settings.MEDIA_ROOT = tmp_path
    world = World(content_notice="Some texts speak of **loss**.")
    world.study.guideline.text = GUIDELINE
    world.study.guideline.save()
    for n in range(2):
        world.unit(topic=f"T{n}")
    for rater in world.raters:
        Rater.objects.filter(pk=rater.pk).update(group="expert", languages=["en"])
        world.answer(rater, "positive")
    return world


def text_of(read: Any) -> str:
    """Return the paragraphs of a document."""
    return "\n".join(one.text for one in read.paragraphs)


def made(world: World, **values: Any) -> Appendix:
    """Return an appendix as a worker makes it."""
    row = making.ask(world.study, examples=["item-1"], actor=world.manager)
    jobs.run(row.job_id)
    assert Job.objects.get(pk=row.job_id).state == "done", Job.objects.get(pk=row.job_id).message
    return Appendix.objects.get(pk=row.pk)


@override_settings(CONCORD_CHROMIUM="no-such-browser")
def test_without_a_browser_the_document_says_so_and_has_everything_else(world: World) -> None:
    text = ConsentText.objects.create(
        study=world.study, text="Stop *whenever* you like.", protocol="P-7", contact="IRB"
    )
    item = world.study.units.first().item
    TrainingItem.objects.create(
        study=world.study, item=item, stage="practice", answer="positive", explanation="It helps."
    )
    part = world.part(world.raters[0])
    Consent.objects.create(part=part, text=text)
    Calibration.objects.create(part=part, round=1, score=0.9, items=10, passed=True)
    for rater, amount in ((None, "12.50"), (world.raters[0], "14.00")):
        PayRate.objects.create(study=world.study, rater=rater, basis="hour", amount=amount, currency="EUR")
    before = (User.objects.count(), Rater.objects.count(), StudyRole.objects.count(), Assignment.objects.count())
    row = made(world)
    assert (
        User.objects.count(),
        Rater.objects.count(),
        StudyRole.objects.count(),
        Assignment.objects.count(),
    ) == before
    read = docx.Document(row.docx.path)
    text = "\n".join(one.text for one in read.paragraphs)
    headings = [one.text for one in read.paragraphs if one.style.name == "Heading 1"]
    assert headings == [
        "The study", "Design", "Instructions as raters saw them", "Guideline", "Consent", "Pages as raters saw them",
        "Raters", "Training and calibration",
        "Flow of raters, units and answers", "Time and pay", "Practice items", "Examples",
    ]  # fmt: skip
    assert "no Chromium was found" in text
    assert "What was said, number 1." in text
    cells = [[cell.text for cell in line.cells] for table in read.tables for line in table.rows]
    assert ["expert", "2"] in cells
    assert [row for row in cells if row[0] == "Pay"] == [["Pay", "12.50 EUR for an hour of active time"]]
    assert ["Raters with a rate of their own", "1"] in cells
    assert ["Protocol", "P-7"] in cells
    assert [row[3].rstrip(" %") for row in cells if row[:3] == ["1", "1", "1"]] == ["90.0"]
    assert "Stop whenever you like." in text_of(read)
    assert ["Answers", "Analysed", "came so far", "2"] in cells
    everything = text + str(cells)
    assert [name for name in ("R1", "R2", "example.org/", "manager") if name in everything] == ["example.org/"]
    with ZipFile(row.latex.path) as archive:
        assert archive.namelist() == ["appendix.tex"]
        sound(archive.read("appendix.tex").decode())
    assert making.run(row.job, jobs.Progress(row.job)) == ""


def test_the_pages_are_the_real_ones_for_nobody_and_name_no_system(db: None) -> None:
    world = BlindWorld(systems=2, items=1, raters=1)
    study = world.opened(raters_per_item=1)
    shown = pages.all_of(Study.objects.select_related("project", "version", "guideline").get(pk=study.pk), "en")
    assert [page.name for page in shown] == ["work", "work-phone"]
    html = camera.whole(shown[0].html)
    assert "Response of kind 0 to question 0." in html
    assert "Model 0" not in html
    assert re.findall(r"<script|<link", html) == []
    assert "--paper: #faf8f3" in html
    assert Assignment.objects.filter(study=study).count() == 0


@pytest.mark.skipif(not camera.browser(), reason="no Chromium here")
def test_with_a_browser_pages_and_flow_are_pictures_in_both_files(world: World) -> None:
    row = made(world)
    names = ["page-notice.png", "page-work.png", "page-work-phone.png", "flow.png"]
    with ZipFile(row.latex.path) as archive:
        assert archive.namelist() == ["appendix.tex", *names]
        source = archive.read("appendix.tex").decode()
        pictures = [archive.read(name) for name in names]
    sound(source)
    assert re.findall(r"includegraphics\[width=[\d.]+\\textwidth\]\{([^}]+)\}", source) == names
    assert [content[:8] for content in pictures] == [b"\x89PNG\r\n\x1a\n"] * 4
    assert [int.from_bytes(content[16:20], "big") for content in pictures] == [1920, 1920, 585, 1840]
    assert len(docx.Document(row.docx.path).inline_shapes) == 4 == row.pictures


def test_a_manager_asks_and_downloads_and_nobody_else_does(world: World) -> None:
    at, client = world.url("appendix/"), world.client(world.manager)
    refused = client.post(at, {"examples": "item-0\nnot-there"})
    assert (refused.status_code, "not-there" in refused.content.decode()) == (422, True)
    with override_settings(CONCORD_CHROMIUM="no-such-browser"):
        assert client.post(at, {"examples": "item-0"}).status_code == 302
        assert client.post(at, {"examples": ""}).status_code == 302
        row = Appendix.objects.get()
        assert "waits for a worker" in client.get(at, headers={"HX-Target": "appendix-job"}).content.decode()
        jobs.run(row.job_id)
    assert client.get(at, headers={"HX-Target": "appendix-job"}).headers["HX-Refresh"] == "true"
    assert f"{at}{row.pk}/docx/" in client.get(at).content.decode()
    got = client.get(f"{at}{row.pk}/latex/")
    assert got.headers["Content-Disposition"] == 'attachment; filename="review-appendix.zip"'
    assert ZipFile(BytesIO(b"".join(got))).namelist() == ["appendix.tex"]
    assert client.get(f"{at}{row.pk}/pdf/").status_code == 404
    assert world.client(world.raters[0]).get(f"{at}{row.pk}/docx/").status_code == 403
