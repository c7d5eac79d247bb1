"""The wizard from upload to items, with its jobs carried out by the test."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from projects.models import Dataset, ImportBatch, Item, Job, Project, Role, Suggestion
from projects.services import jobs

HEAD = "id,text,label,topic,note\n"
GOOD = HEAD + "".join(f"s{n},Text number {n},positive,Sleep,n{n}\n" for n in range(1, 31))
MIXED = HEAD + "a,A good text,positive,Sleep,x\nb,Another,perhaps,Sleep,y\nc,,negative,Work,z\n"
DATA = "/p/harbour/data/items/"


class Wizard:
    """A manager's browser on the pages of one data set."""

    def __init__(self, client: Client, address: str = DATA) -> None:
        self.client = client
        self.address = address

    def upload(self, content: str | bytes, name: str = "items.csv", **fields: str) -> Any:
        """Send a file."""
        raw = content.encode() if isinstance(content, str) else content
        return self.client.post(f"{self.address}import/", {"file": SimpleUploadedFile(name, raw), **fields})

    def page(self, batch: ImportBatch, rest: str = "") -> str:
        """The address of a page of an import."""
        return f"{self.address}imports/{batch.pk}/{rest}"

    def choose(self, batch: ImportBatch, **changes: str) -> Any:
        """Send the columns as they were proposed, with changes."""
        form = self.client.get(self.page(batch, "mapping/")).context["form"]
        values = {field.html_name: field.value() or "" for field in form}
        return self.client.post(self.page(batch, "mapping/"), values | changes)

    def checked(self, content: str | bytes, name: str = "items.csv", **changes: str) -> ImportBatch:
        """Upload, choose the columns, and let the worker check the rows."""
        self.upload(content, name)
        batch = ImportBatch.objects.latest("pk")
        assert self.choose(batch, **changes).status_code == 302
        work()
        batch.refresh_from_db()
        return batch

    def decide(self, batch: ImportBatch, rows: str = "all") -> Any:
        """Press one of the two buttons."""
        return self.client.post(self.page(batch), {"rows": rows}, follow=True)

    def imported(self, content: str, rows: str = "all") -> ImportBatch:
        """The whole way."""
        batch = self.checked(content)
        self.decide(batch, rows)
        work()
        batch.refresh_from_db()
        return batch


def work() -> Job:
    """Carry out the newest job."""
    job = jobs.run(Job.objects.latest("pk").pk)
    assert job is not None
    return job


@pytest.fixture
def wizard(stage: Any) -> Wizard:
    """The manager's browser."""
    return Wizard(stage.client(stage.manager))


def stored_files() -> int:
    """How many files of imports there are."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_wizard_takes_a_file_from_upload_to_items(stage: Any, wizard: Wizard) -> None:
    sent = wizard.upload(GOOD)
    batch = ImportBatch.objects.latest("pk")
    assert (sent.status_code, sent.url) == (302, wizard.page(batch, "mapping/"))
    assert wizard.choose(batch).url == wizard.page(batch)
    waiting = wizard.client.get(wizard.page(batch))
    assert waiting.context["stage"] == "checking"
    work()
    report = wizard.client.get(wizard.page(batch)).context["report"]
    assert (report["good"], report["unchanged"], report["bad"]) == (30, 0, 0)
    assert not Item.objects.filter(dataset=stage.dataset).exists()
    wizard.decide(batch)
    assert work().state == Job.State.DONE
    assert wizard.client.get(wizard.page(batch)).context["stage"] == "done"
    item = Item.objects.visible().select_related("current").get(external_id="s7")
    assert (item.kind, item.current.text, item.current.topic) == ("true_false", "Text number 7", "Sleep")
    assert item.current.metadata == {"note": "n7"}
    assert Suggestion.objects.get(revision=item.current).values == ["positive"]
    assert Dataset.objects.get(pk=stage.dataset.pk).item_count == 30
    assert not ImportBatch.objects.get(pk=batch.pk).file


def as_file(suffix: str) -> bytes:
    """Three rows in a format, one of whose texts is a formula's result in a workbook."""
    rows = [["id", "text", "label", "note"], ["a", "One", "positive", "x"], ["b", "二", "negative", "y"]]
    if suffix in {"json", "jsonl"}:
        records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        return (json.dumps(records) if suffix == "json" else "\n".join(map(json.dumps, records))).encode()
    if suffix == "xlsx":
        book, whole = Workbook(write_only=True), io.BytesIO()
        sheet = book.create_sheet()
        for row in [*rows, ["c", '=HYPERLINK("http://x")', "positive", "z"]]:
            sheet.append(row)
        book.save(whole)
        return whole.getvalue()
    between = "\t" if suffix == "tsv" else ","
    return "\n".join(between.join(row) for row in rows).encode("gb18030" if suffix == "tsv" else "utf-8-sig")


@pytest.mark.parametrize(
    ("suffix", "seen", "bad"),
    [
        ("csv", "CSV in UTF-8-SIG", 0),
        ("tsv", "TSV in GB18030", 0),
        ("jsonl", "JSONL in UTF-8", 0),
        ("json", "JSON in UTF-8", 0),
        ("xlsx", "XLSX", 1),
    ],
)
def test_wizard_takes_every_format(stage: Any, wizard: Wizard, suffix: str, seen: str, bad: int) -> None:
    batch = wizard.checked(as_file(suffix), f"items.{suffix}")
    assert seen in wizard.client.get(wizard.page(batch, "mapping/")).content.decode()
    report = wizard.client.get(wizard.page(batch)).context["report"]
    assert (report["good"], report["bad"]) == (2, bad)
    wizard.decide(batch, "good")
    assert work().state == Job.State.DONE
    found = Item.objects.visible().order_by("position").values_list("external_id", "current__text", "current__metadata")
    assert list(found) == [("a", "One", {"note": "x"}), ("b", "二", {"note": "y"})]


def test_same_file_twice_adds_nothing(stage: Any, wizard: Wizard) -> None:
    wizard.imported(GOOD)
    batch = wizard.checked(GOOD)
    page = wizard.client.get(wizard.page(batch))
    assert (page.context["report"]["good"], page.context["report"]["unchanged"]) == (0, 30)
    assert "so there is nothing to import" in page.content.decode()
    wizard.decide(batch)
    work()
    assert Item.objects.filter(dataset=stage.dataset).count() == 30
    assert Dataset.objects.get(pk=stage.dataset.pk).item_count == 30


def test_changed_row_with_a_known_id_is_listed_as_a_conflict(stage: Any, wizard: Wizard) -> None:
    wizard.imported(GOOD)
    batch = wizard.checked(GOOD.replace("Text number 3,", "Text number three,"))
    report = wizard.client.get(wizard.page(batch)).context["report"]
    assert (report["conflicts"], report["unchanged"], report["good"]) == (1, 29, 0)
    [(row, column, reason, item)] = report["listed"]
    assert item == stage.dataset.items.get(external_id="s3").pk
    assert (row, column) == (4, "id")
    assert reason.endswith("It differs in: text or options.")


def test_bad_rows_stop_the_whole_and_the_good_ones_can_go_in_alone(stage: Any, wizard: Wizard) -> None:
    batch = wizard.checked(MIXED)
    page = wizard.client.get(wizard.page(batch))
    listed = [(row, column, item) for row, column, _reason, item in page.context["report"]["listed"]]
    assert listed == [(3, "label", None), (4, "text", None)]
    assert 'value="all" disabled' in page.content.decode()
    refused = wizard.decide(batch)
    assert [str(message) for message in refused.context["messages"]] == [
        "Nothing was imported: some rows cannot be. Import the good rows, or none."
    ]
    assert not Job.objects.filter(kind="import").exists()
    wizard.decide(batch, "good")
    work()
    assert list(stage.dataset.items.values_list("external_id", flat=True)) == ["a"]


def test_rejected_rows_come_back_as_a_file_with_number_and_reason(wizard: Wizard) -> None:
    batch = wizard.checked(MIXED)
    response = wizard.client.get(wizard.page(batch, "rejected/"))
    assert response["Content-Disposition"] == 'attachment; filename="items-rejected.csv"'
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["id"] for row in rows] == ["b", "c"]
    assert "perhaps" in " ".join(rows[0].values())


def test_rejected_rows_are_corrected_and_imported_again_without_what_was_said_of_them(
    stage: Any, wizard: Wizard
) -> None:
    batch = wizard.imported(MIXED, "good")
    rejected = b"".join(wizard.client.get(wizard.page(batch, "rejected/")).streaming_content).decode("utf-8-sig")
    again = wizard.imported(rejected.replace("perhaps", "negative").replace("c,,", "c,Written now,"))
    assert (again.report["good"], again.report["rejected"]) == (2, 0)
    items = Item.objects.filter(dataset=stage.dataset).order_by("external_id")
    assert [(item.external_id, item.current.metadata) for item in items] == [
        ("a", {"note": "x"}),
        ("b", {"note": "y"}),
        ("c", {"note": "z"}),
    ]


def test_no_file_of_rejected_rows_where_none_was_rejected(wizard: Wizard) -> None:
    batch = wizard.checked(GOOD)
    assert wizard.client.get(wizard.page(batch, "rejected/")).status_code == 404


def test_cancelled_import_leaves_no_row_and_no_file(stage: Any, wizard: Wizard) -> None:
    before = stored_files()
    batch = wizard.checked(GOOD)
    wizard.decide(batch)
    assert wizard.client.post(wizard.page(batch, "cancel/")).url == wizard.page(batch)
    assert wizard.client.get(wizard.page(batch)).context["stage"] == "cancelled"
    assert not Item.objects.filter(dataset=stage.dataset).exists()
    assert stored_files() == before


def test_import_cancelled_while_it_runs_leaves_nothing(
    stage: Any, wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.services import import_write

    batch = wizard.checked(GOOD)
    wizard.decide(batch)
    write = import_write.write

    def then_cancel(*args: Any) -> None:
        write(*args)
        wizard.client.post(wizard.page(batch, "cancel/"))

    monkeypatch.setattr(import_write, "write", then_cancel)
    assert work().state == Job.State.CANCELLED
    assert not Item.objects.filter(dataset=stage.dataset).exists()
    assert wizard.client.get(wizard.page(batch)).context["stage"] == "cancelled"


def test_killed_import_begins_again_and_is_whole(stage: Any, wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    from projects.services import import_survey, importing

    monkeypatch.setattr(import_survey, "CHUNK", 10)
    batch = wizard.checked(GOOD)
    wizard.decide(batch)

    class Killed(BaseException):
        """What a worker leaves behind when it is killed: no outcome at all."""

    def killed(*args: Any, **rest: Any) -> None:
        raise Killed

    with monkeypatch.context() as during:
        during.setattr(importing, "publish", killed)
        with pytest.raises(Killed):
            work()
    assert Item.objects.filter(dataset=stage.dataset).count() == 30
    assert Item.objects.visible().filter(dataset=stage.dataset).count() == 0
    Job.objects.filter(kind="import").update(leased_until="2020-01-01T00:00:00Z")
    assert work().state == Job.State.DONE
    assert Item.objects.visible().filter(dataset=stage.dataset).count() == 30
    assert Dataset.objects.get(pk=stage.dataset.pk).item_count == 30


def test_second_import_into_a_data_set_is_refused_while_one_is_under_way(stage: Any, wizard: Wizard) -> None:
    first, second = wizard.checked(GOOD), wizard.checked(HEAD + "z,Later,negative,Sleep,\n")
    wizard.decide(first)
    refused = wizard.decide(second)
    assert [str(message) for message in refused.context["messages"]] == [
        "Another import into this data set is under way. Wait until it is finished, then start this one."
    ]
    work()
    wizard.decide(second)
    work()
    assert stage.dataset.items.count() == 31


def test_fragment_tells_the_progress_and_then_asks_for_the_whole_page(wizard: Wizard) -> None:
    wizard.upload(GOOD)
    batch = ImportBatch.objects.latest("pk")
    wizard.choose(batch)
    headers = {"HX-Request": "true", "HX-Target": "import-progress"}
    fragment = wizard.client.get(wizard.page(batch), headers=headers)
    assert fragment.content.decode().lstrip().startswith('<section id="import-progress"')
    work()
    assert wizard.client.get(wizard.page(batch), headers=headers)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "The file is empty."),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "This is a PNG file"),
        ("broken.csv", b"text\n\x00\x00\x00abc", "NUL"),
        ("old.csv", "text\nvoilà l'été\n".encode("cp1252"), "Choose its encoding"),
    ],
)
def test_unreadable_file_is_refused_with_its_reason(wizard: Wizard, name: str, content: bytes, words: str) -> None:
    before = (ImportBatch.objects.count(), stored_files())
    response = wizard.upload(content, name)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors["file"])
    assert "The file holds</legend>" in response.content.decode()  # what is always chosen is not called optional
    assert (ImportBatch.objects.count(), stored_files()) == before


def test_file_beyond_the_limit_is_refused(wizard: Wizard, settings: Any) -> None:
    settings.CONCORD_MAX_UPLOAD_BYTES = 100
    response = wizard.upload(GOOD)
    assert response.status_code == 422
    assert response.context["form"].errors["file"][0].startswith("The file is larger than 100 B.")


def test_other_encoding_reads_the_file_again(wizard: Wizard) -> None:
    wizard.upload("text\n我睡不好\n".encode("gb18030"))
    batch = ImportBatch.objects.latest("pk")
    page = wizard.page(batch, "mapping/")
    assert wizard.client.get(page).context["columns"][0].samples == ["我睡不好"]
    wizard.client.post(page, {"reread": "1", "encoding": "big5"})
    assert wizard.client.get(page).context["columns"][0].samples != ["我睡不好"]
    failed = wizard.client.post(page, {"reread": "1", "encoding": "utf-8"}, follow=True)
    assert [str(message)[:24] for message in failed.context["messages"]] == ["The file is not UTF-8: l"]
    assert ImportBatch.objects.get(pk=batch.pk).encoding == "big5"


def test_upload_in_a_chosen_encoding_is_read_in_it(wizard: Wizard) -> None:
    assert wizard.upload("text\nvoilà l'été\n".encode("cp1252"), encoding="windows-1252").status_code == 302
    page = wizard.client.get(wizard.page(ImportBatch.objects.latest("pk"), "mapping/"))
    assert page.context["columns"][0].samples == ["voilà l'été"]


def test_columns_chosen_twice_are_refused_and_kept_as_typed(wizard: Wizard) -> None:
    wizard.upload(GOOD)
    batch = ImportBatch.objects.latest("pk")
    response = wizard.choose(batch, column_4="text", all_topic="Sea")
    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == [
        "“Text” is chosen for several columns (text, note). Choose it for one."
    ]
    assert response.context["form"]["all_topic"].value() == "Sea"


def test_constants_hold_for_every_row(wizard: Wizard) -> None:
    batch = wizard.checked(
        "sentence\nToo much work\n",
        all_kind="single_choice",
        all_options="Work\nSchool",
        all_language="en",
        all_topic="x",
    )
    wizard.decide(batch)
    work()
    item = Item.objects.select_related("current").latest("pk")
    assert (item.kind, item.current.language, item.current.topic) == ("single_choice", "en", "x")
    assert [option["text"] for option in item.current.options] == ["Work", "School"]


def test_ended_import_leads_from_its_columns_to_its_outcome(wizard: Wizard) -> None:
    batch = wizard.imported(GOOD)
    assert wizard.client.get(wizard.page(batch, "mapping/")).url == wizard.page(batch)


def test_typed_markup_is_shown_as_text(wizard: Wizard) -> None:
    mark = "<script>alert(1)</script>"
    wizard.upload(f"id,text,{mark}\n{mark},{mark},{mark}\n{mark},other,x\n", f"{mark}.csv")
    batch = ImportBatch.objects.latest("pk")
    pages = [wizard.client.get(wizard.page(batch, "mapping/"))]
    wizard.choose(batch)
    work()
    pages.append(wizard.client.get(wizard.page(batch)))
    assert mark not in wizard.decide(batch, "good").content.decode()
    work()
    item = Item.objects.latest("pk")
    pages += [wizard.client.get(DATA), wizard.client.get(f"{DATA}items/{item.pk}/")]
    for page in pages:
        assert mark not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


MANAGERS_ONLY = ["import/", "imports/{batch}/", "imports/{batch}/mapping/", "imports/{batch}/rejected/", "edit/"]


@pytest.mark.parametrize("role", [Role.RATER, Role.ANALYST, Role.ADJUDICATOR])
@pytest.mark.parametrize("rest", MANAGERS_ONLY)
def test_imports_are_for_managers(stage: Any, wizard: Wizard, role: Role, rest: str) -> None:
    wizard.upload(GOOD)
    batch = ImportBatch.objects.latest("pk")
    other = stage.client(stage.user("other", role))
    assert other.get(DATA + rest.format(batch=batch.pk)).status_code == 403
    assert other.post(wizard.page(batch, "cancel/")).status_code == 403


@pytest.mark.parametrize("rest", ["", "mapping/", "rejected/", "cancel/"])
def test_import_of_another_data_set_or_project_is_not_found(stage: Any, wizard: Wizard, rest: str) -> None:
    elsewhere = Dataset.objects.create(project=stage.project, slug="other", name="Other", labels=stage.dataset.labels)
    foreign = Project.objects.create(slug="foreign", name="Foreign")
    beyond = Dataset.objects.create(project=foreign, slug="items", name="Items", labels=stage.dataset.labels)
    ask = wizard.client.post if rest == "cancel/" else wizard.client.get
    for dataset in (elsewhere, beyond):
        batch = ImportBatch.objects.create(dataset=dataset)
        assert ask(wizard.page(batch, rest)).status_code == 404
    assert ask(f"/p/foreign/data/items/imports/{batch.pk}/{rest}").status_code == 404


def test_report_costs_the_same_however_many_rows_it_lists(wizard: Wizard) -> None:
    counts = []
    for bad in (2, 150):
        batch = wizard.checked(HEAD + "".join(f"q{bad}-{n},,x,,\n" for n in range(bad)))
        with CaptureQueriesContext(connection) as queries:
            wizard.client.get(wizard.page(batch))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_next_file_is_read_as_the_last_one_was(wizard: Wizard) -> None:
    first = wizard.checked(GOOD, **{"column_3": "", "column_4": "topic"})
    wizard.decide(first)
    work()
    again = wizard.checked(GOOD)
    report = again.report
    assert (report["unchanged"], report["conflicts"]) == (30, 0)
    wizard.upload("words,id\nA file of another form,q1\n", "other.csv")
    page = wizard.client.get(wizard.page(ImportBatch.objects.latest("pk"), "mapping/"))
    assert (page.context["remembered"], page.context["form"]["column_0"].value()) == (False, "text")
