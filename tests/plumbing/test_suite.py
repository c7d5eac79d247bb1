"""The suite's own runner: what it counts and names, when it fails; its servers, its browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from scripts import run_tests, throwaway

if TYPE_CHECKING:
    from playwright.sync_api import Page

RESULTS = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_good"/>
<testcase classname="tests.a" name="test_bad"><failure message="no"/></testcase>
<testcase classname="tests.a" name="test_broken"><error message="no"/></testcase>
<testcase classname="tests.b" name="test_left_out"><skipped message="{reason}"/></testcase>
</testsuite></testsuites>"""


def outcome(tmp_path: Path, reason: str) -> run_tests.Outcome:
    """The outcome of a run with one test of each kind."""
    (tmp_path / "results.xml").write_text(RESULTS.format(reason=reason))
    found = run_tests.Outcome()
    run_tests.read(tmp_path / "results.xml", "SQLite", found)
    return found


def test_summary_counts_both_runs_and_names_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = outcome(tmp_path, "no Chromium")
    run_tests.read(tmp_path / "results.xml", "PostgreSQL", found)
    assert run_tests.report(found, 12.3, strict=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        "",
        "=== Both runs together, 12 s ===",
        "FAILED [SQLite] tests.a.test_bad",
        "FAILED [SQLite] tests.a.test_broken",
        "FAILED [PostgreSQL] tests.a.test_bad",
        "FAILED [PostgreSQL] tests.a.test_broken",
        "SKIPPED 2: no Chromium",
        "    [SQLite] tests.b.test_left_out",
        "    [PostgreSQL] tests.b.test_left_out",
        "2 passed, 4 failed, 2 skipped",
    ]


@pytest.mark.parametrize(
    ("reason", "strict", "code"),
    [
        ("no Redis", False, 0),
        ("no Redis", True, 1),
        (f"{run_tests.SHARED_ABSENT} (shared)", True, 0),
    ],
)
def test_skip_fails_the_run_only_where_everything_should_be_there(reason: str, strict: bool, code: int) -> None:
    found = run_tests.Outcome(passed=1)
    found.skipped[reason].append("a test")
    assert run_tests.report(found, 0, strict=strict) == code


def test_run_without_a_passed_test_fails() -> None:
    assert run_tests.report(run_tests.Outcome(), 0, strict=False) == 1


def test_run_that_broke_off_fails() -> None:
    assert run_tests.report(run_tests.Outcome(passed=5, broken=["pytest ended"]), 0, strict=False) == 1


def test_throwaway_postgres_lets_only_its_password_in_and_leaves_nothing(tmp_path: Path) -> None:
    try:
        throwaway.find_postgres()
    except throwaway.Unavailable as reason:
        pytest.skip(str(reason))
    with throwaway.postgres({}) as url:
        with psycopg.connect(url) as link:
            folder = Path(link.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
            assert link.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert folder.exists()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace("concord:", "concord:x"))
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_named_server_that_does_not_answer_is_a_reason_to_skip() -> None:
    url = f"postgres://nobody@127.0.0.1:{throwaway.free_port()}/none"
    with (
        pytest.raises(throwaway.Unavailable, match=r"^no PostgreSQL: 127\.0\.0\.1 answers: "),
        throwaway.postgres({"CONCORD_TEST_POSTGRES_URL": url}),
    ):
        pass


def test_browser_signs_in_and_finds_its_own_language(
    page: Page, sign_in: Callable[[Any], None], django_user_model: Any
) -> None:
    sign_in(django_user_model.objects.create_user(email="an@example.org", password="not needed here"))
    response = page.goto("/")
    assert response is not None
    assert (response.status, page.evaluate("location.pathname")) == (200, "/")
    assert page.locator("html").get_attribute("lang") == "en"
