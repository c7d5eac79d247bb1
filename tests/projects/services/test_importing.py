"""Imports as services: several chunks, workers that die or wake up too late, and what is left behind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from projects.formats.mapping import Mapping, Source
from projects.models import AuditEntry, Dataset, ImportBatch, Item, ItemRevision, Job, Suggestion
from projects.services import datasets, import_batches, import_write, importing, jobs
from projects.services.import_batches import Stage

MAPPING = Mapping(text="text", external_id="id", prelabel="label", topic=Source(column="topic"))
CHUNK = 10


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few rows be several chunks."""
    monkeypatch.setattr("projects.services.import_survey.CHUNK", CHUNK)
    monkeypatch.setattr("projects.services.import_write.CHUNK", CHUNK)


def lines(count, first=0):
    """A file of good rows."""
    rows = [f"s{n},Text {n},positive,Sleep" for n in range(first, first + count)]
    return "\n".join(["id,text,label,topic", *rows]) + "\n"


def received(stage, text, dataset=None):
    """A batch whose columns are chosen and whose rows are checked."""
    file = ContentFile(text.encode())
    batch, _table = import_batches.receive(
        dataset=dataset or stage.dataset, file=file, filename="items.csv", actor=stage.manager
    )
    jobs.run(import_batches.request_check(batch=batch, mapping=MAPPING, encoding="", actor=stage.manager).pk)
    return ImportBatch.objects.select_related("dataset").get(pk=batch.pk)


def started(stage, text, *, keep_good=False):
    """A batch with its import waiting for a worker."""
    batch = received(stage, text)
    return batch, import_batches.start(batch=batch, keep_good=keep_good, actor=stage.manager)


def imported(stage, text, *, keep_good=False):
    """A batch after its import."""
    batch, job = started(stage, text, keep_good=keep_good)
    jobs.run(job.pk)
    batch.refresh_from_db()
    return batch


class Killed(BaseException):
    """The worker dies: no handler catches it, nothing is cleaned up."""


def die_after(monkeypatch, chunks):
    """Let the worker die when it has written some chunks."""
    write = import_write.write
    left = [chunks]

    def dying(*args):
        if not left[0]:
            raise Killed
        left[0] -= 1
        write(*args)

    monkeypatch.setattr("projects.services.import_write.write", dying)
    return lambda: monkeypatch.setattr("projects.services.import_write.write", write)


def lapse(job):
    """Let the dead worker's lease run out."""
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_rows_of_several_chunks_are_numbered_through(stage):
    stage.items(3)
    imported(stage, lines(CHUNK * 2 + 5))
    assert list(Item.objects.order_by("position").values_list("external_id", "position"))[3:] == [
        (f"s{n}", n + 3) for n in range(CHUNK * 2 + 5)
    ]


def test_each_item_points_at_its_own_revision_with_its_own_prelabel(stage):
    imported(stage, lines(CHUNK + 1))
    rows = Item.objects.values_list("external_id", "current__item__external_id", "current__text")
    assert set(rows) == {(f"s{n}", f"s{n}", f"Text {n}") for n in range(CHUNK + 1)}
    assert set(Suggestion.objects.values_list("revision__item__external_id", flat=True)) == {
        f"s{n}" for n in range(CHUNK + 1)
    }


def test_published_batch_counts_its_items_once_and_tells_the_log(stage):
    batch = imported(stage, lines(CHUNK + 1))
    stage.dataset.refresh_from_db()
    assert (stage.dataset.item_count, batch.report["good"]) == (CHUNK + 1, CHUNK + 1)
    entry = AuditEntry.objects.get(verb="import.published")
    assert entry.data == {
        "dataset": stage.dataset.pk, "items": CHUNK + 1, "unchanged": 0, "conflicts": 0, "rejected": 0,
    }  # fmt: skip


def test_items_stay_invisible_until_all_are_in(stage, monkeypatch):
    seen = []
    publish = importing.publish

    def looking(batch, tally, **rest):
        seen.append((Item.objects.filter(batch=batch).count(), Item.objects.visible().count()))
        publish(batch, tally, **rest)

    monkeypatch.setattr("projects.services.importing.publish", looking)
    imported(stage, lines(CHUNK + 1))
    assert seen == [(CHUNK + 1, 0)]
    assert Item.objects.visible().count() == CHUNK + 1


def test_killed_worker_leaves_rows_that_the_next_attempt_removes(stage, monkeypatch):
    batch, job = started(stage, lines(CHUNK * 3))
    revive = die_after(monkeypatch, 2)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    assert Item.objects.filter(batch=batch).count() == CHUNK * 2
    revive()
    lapse(job)
    assert jobs.run(job.pk).state == Job.State.DONE
    assert Item.objects.count() == ItemRevision.objects.count() == Suggestion.objects.count() == CHUNK * 3
    assert sorted(Item.objects.values_list("position", flat=True)) == list(range(1, CHUNK * 3 + 1))


def test_worker_killed_after_publishing_does_not_import_twice(stage, monkeypatch):
    batch, job = started(stage, lines(3))
    monkeypatch.setattr("projects.services.import_files.drop", lambda *args: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        jobs.run(job.pk)
    monkeypatch.undo()
    lapse(job)
    assert jobs.run(job.pk).state == Job.State.DONE
    batch.refresh_from_db()
    stage.dataset.refresh_from_db()
    assert (Item.objects.count(), stage.dataset.item_count, bool(batch.file)) == (3, 3, False)


def test_worker_that_lost_its_job_writes_nothing_more(stage, monkeypatch):
    _batch, job = started(stage, lines(CHUNK * 3))
    write = import_write.write

    def overtaken(*args):
        write(*args)
        Job.objects.filter(pk=job.pk).update(attempts=2)

    monkeypatch.setattr("projects.services.import_write.write", overtaken)
    assert jobs.run(job.pk) is None
    assert Item.objects.count() == CHUNK
    assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING


def test_rows_of_an_import_that_died_three_times_go_with_the_next_one(stage, monkeypatch):
    dead, job = started(stage, lines(CHUNK * 2))
    die_after(monkeypatch, 1)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(attempts=jobs.MAX_ATTEMPTS)
    lapse(job)
    assert jobs.run(job.pk).state == Job.State.FAILED
    monkeypatch.undo()
    assert import_batches.stage_of(dead, import_batches.job_of(dead)) == Stage.FAILED
    imported(stage, lines(3))
    assert Item.objects.filter(batch=dead).count() == 0
    assert Item.objects.visible().count() == 3


def test_discarding_an_import_that_died_has_its_rows_removed(stage, monkeypatch):
    dead, job = started(stage, lines(CHUNK * 2))
    die_after(monkeypatch, 1)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    monkeypatch.undo()
    import_batches.cancel(batch=dead, actor=stage.manager)
    jobs.run(Job.objects.latest("pk").pk)
    dead.refresh_from_db()
    assert Item.objects.count() == ItemRevision.objects.count() == 0
    assert (dead.report, bool(dead.file), dead.published) == ({"cancelled": True}, False, False)


def test_bad_row_in_the_last_chunk_takes_all_rows_back(stage):
    batch, job = started(stage, lines(CHUNK * 2) + "bad,,positive,Sleep\n")
    done = jobs.run(job.pk)
    assert (done.state, done.message) == (Job.State.FAILED, "1 row cannot be imported, so nothing was.")
    assert Item.objects.count() == ItemRevision.objects.count() == Suggestion.objects.count() == 0
    batch.refresh_from_db()
    assert (batch.report["good"], batch.report["rejected"]) == (CHUNK * 2, 1)


def test_good_rows_go_in_beside_bad_ones_where_that_was_asked(stage):
    batch = imported(stage, lines(2) + "bad,,positive,Sleep\n", keep_good=True)
    assert list(Item.objects.order_by("position").values_list("external_id", flat=True)) == ["s0", "s1"]
    with batch.rejected.open("rb") as file:
        rows = file.read().decode("utf-8-sig").splitlines()
    assert rows[1].startswith("bad,,positive,Sleep,4,text,")


def test_labels_changed_during_the_import_stop_it(stage, monkeypatch):
    _batch, job = started(stage, lines(3))
    write = import_write.write

    def meanwhile(*args):
        write(*args)
        others = [{"key": "safe", "text": ""}, {"key": "unsafe", "text": ""}]
        Dataset.objects.filter(pk=stage.dataset.pk).update(labels=datasets.clean_labels(others))

    monkeypatch.setattr("projects.services.import_write.write", meanwhile)
    assert jobs.run(job.pk).state == Job.State.FAILED
    assert Item.objects.count() == 0


def test_file_that_is_gone_fails_with_a_sentence(stage):
    batch, job = started(stage, lines(3))
    Path(batch.file.path).unlink()
    done = jobs.run(job.pk)
    assert (done.state, done.message) == (Job.State.FAILED, "The file is no longer there. Upload it again.")


def test_failure_is_told_in_the_language_of_whoever_asked(stage):
    stage.manager.language = "zh-hans"
    stage.manager.save()
    batch, job = started(stage, lines(3))
    Path(batch.file.path).unlink()
    assert jobs.run(job.pk).message != "The file is no longer there. Upload it again."


def test_old_undecided_uploads_lose_their_file(stage):
    old, waiting = received(stage, lines(2)), received(stage, lines(2, 5))
    ImportBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - import_batches.KEPT - timedelta(hours=1))
    path = Path(old.file.path)
    assert import_batches.remove_abandoned(stage.project) == 1
    old.refresh_from_db()
    assert (path.exists(), old.report, Path(waiting.file.path).exists()) == (False, {"cancelled": True}, True)


def test_upload_that_cannot_be_read_leaves_neither_row_nor_file(stage, settings):
    before = set(Path(settings.MEDIA_ROOT).rglob("*.upload"))
    with pytest.raises(Exception, match="empty"):
        import_batches.receive(dataset=stage.dataset, file=ContentFile(b""), filename="x.csv", actor=None)
    assert ImportBatch.objects.filter(filename="x.csv").count() == 0
    assert set(Path(settings.MEDIA_ROOT).rglob("*.upload")) == before


def test_stored_name_says_nothing_and_the_shown_one_has_no_path(stage):
    file = ContentFile(lines(1).encode())
    batch, _table = import_batches.receive(
        dataset=stage.dataset, file=file, filename="..\\..\\etc/passwd/" + "n" * 300 + ".csv", actor=None
    )
    assert (len(batch.filename), batch.filename[:3], batch.filename[-5:]) == (255, "nnn", "n.csv")
    assert Path(batch.file.name).parent == Path("imports")
    assert Path(batch.file.name).suffix == ".upload"
