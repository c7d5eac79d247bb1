"""The study report as a file, in a browser: it opens alone, prints as a PDF, and fits a phone and a sheet of paper."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from publishing.models import StudyReport, StudyReportEdition
from publishing.sections.writing import write
from publishing.services.codes import Keyed
from publishing.words import SECTIONS
from reports.exports import export
from reports.summary import Summary
from stats.paper.compute import figures

# An A4 sheet less its margins, in CSS pixels.
SHEET = 673


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A report over every kind of source, all sections chosen."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "stats"))
    from paper_world import Project

    material = Project(questions=8, rounds=1, raters=2).material()
    named = {one.code: f"Model {one.code}" for one in material.systems}
    judges = {one.code: f"Judge {one.code}" for one in material.judges}
    keyed = Keyed(material, named, {}, judges, {}, {}, {}, {study.key: study.key for study in material.studies})
    report = StudyReport(pk=1, title="What we found", sections=[{"key": key, "caption": ""} for key in SECTIONS])
    edition = StudyReportEdition(pk=1, report=report, seed=1, inputs_hash="0" * 64)
    return write(edition, keyed, figures(material, seed=1, bootstrap=20))


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_every_section_shows_something(summary: Summary) -> None:
    assert [one.key for one in summary.sections] == list(SECTIONS)


def test_file_opens_alone_and_prints(summary: Summary, tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(export(summary, "html").content)
    requests: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(path.as_uri())
    assert (requests, complaints) == ([path.as_uri()], [])
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.set_viewport_size({"width": SHEET, "height": 1000})
    tab.emulate_media(media="print")
    too_wide = tab.evaluate(
        f"""[...document.querySelectorAll("table:not(.wide)")].filter(table => table.offsetWidth > {SHEET + 1})
        .map(table => [table.caption.textContent, table.offsetWidth])"""
    )
    assert too_wide == []
    printed = tab.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 5
