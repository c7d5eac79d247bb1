"""Records against what a data set holds: what counts as known, and what as a conflict."""

from __future__ import annotations

import pytest

from projects.formats.records import ItemRecord, Prelabel, RowError, Unchanged, content_hash
from projects.models import Item, ItemRevision
from projects.services import import_compare, import_write


def record(text="A text", external_id="s1", **values):
    """A checked row as the formats give it."""
    given = {
        "row": 2, "external_id": external_id, "kind": "true_false", "text": text, "options": (), "topic": "Sleep",
        "subtopic": "", "language": "en", "prelabels": (Prelabel(("positive",), "m1", 0.5),), "answer": (),
        "reference": "", "metadata": {"note": "x", "n": 1.5}, "content_hash": content_hash("true_false", text, ()),
    }  # fmt: skip
    return ItemRecord(**given | values)


@pytest.fixture
def known(stage):
    """A data set that holds `record()`."""
    import_write.write(stage.batch, [import_compare.with_id(record())], 1)
    return stage


def outcome(stage, *records):
    """What becomes of each record."""
    return list(import_compare.compare(records, stage.dataset, "id"))


def differences(stage, **values):
    """The fields that a changed row is said to differ in; None where it is no conflict."""
    (found,) = outcome(stage, record(**values))
    return found.params["fields"] if isinstance(found, RowError) else None


def test_new_record_passes_as_it_is(stage):
    assert outcome(stage, record()) == [record()]


def test_same_record_again_is_unchanged(known):
    (found,) = outcome(known, record())
    assert isinstance(found, Unchanged)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"text": "Another text"}, "text"),
        ({"topic": "Work"}, "topic"),
        ({"subtopic": "Night shifts"}, "subtopic"),
        ({"language": "zh"}, "language"),
        ({"reference": "Rest."}, "reference"),
        ({"metadata": {"note": "y"}}, "metadata"),
        ({"prelabels": (Prelabel(("negative",), "m1", 0.5),)}, "prelabel"),
        ({"prelabels": (Prelabel(("positive",), "m1", 0.6),)}, "prelabel"),
        ({"prelabels": (Prelabel(("positive",), "m2", 0.5),)}, "prelabel"),
        ({"answer": ("positive",)}, "answer"),
        ({"text": "Another text", "topic": "Work"}, "text,topic"),
    ],
)
def test_conflict_names_what_differs(known, values, fields):
    assert differences(known, **values) == fields


def test_what_a_row_leaves_empty_contradicts_nothing(known):
    assert differences(known, topic="", language="", prelabels=(), metadata={}) is None


def test_row_that_says_what_an_earlier_revision_said_is_no_news(known):
    item = Item.objects.get()
    item.current = ItemRevision.objects.create(item=item, number=2, text="Names removed", content_hash="0" * 64)
    item.save()
    assert differences(known) is None
    assert differences(known, text="Third") == "text"


def test_answer_that_people_reached_is_no_conflict_with_the_file(known):
    Item.objects.update(final=["negative"], final_how="adjudicated")
    assert differences(known, answer=("positive",)) is None
    Item.objects.update(final_how="imported")
    assert differences(known, answer=("positive",)) == "answer"


def test_record_without_an_id_gets_the_same_one_every_time(known):
    nameless = record("No id", external_id="")
    (first,) = outcome(known, nameless)
    assert first.external_id == import_compare.DERIVED + nameless.content_hash[:32]
    import_write.write(known.batch, [first], 2)
    (second,) = outcome(known, nameless)
    assert isinstance(second, Unchanged)


def test_record_without_an_id_is_known_by_its_text(known):
    (found,) = outcome(known, record(external_id=""))
    assert isinstance(found, Unchanged)


def test_unpublished_and_foreign_items_are_not_known(known):
    other = known.project.datasets.create(slug="other", name="Other")
    assert list(import_compare.compare([record()], other, "id")) == [record()]
    known.batch.published = False
    known.batch.save()
    assert outcome(known, record()) == [record()]


def test_source_that_the_database_cannot_hold_is_an_error_of_the_row(stage):
    fits, too_long = (
        record(f"Text {n}", f"t{n}", prelabels=(Prelabel(("positive",), "m" * n, None),)) for n in (120, 121)
    )
    first, second = outcome(stage, fits, too_long)
    assert (first, second.code, second.params) == (fits, "too_long", {"found": 121, "limit": 120})


def test_comparing_costs_the_same_however_many_are_known(known, django_assert_num_queries):
    import_write.write(known.batch, [record(f"Text {n}", f"t{n}") for n in range(30)], 2)
    with django_assert_num_queries(3):
        outcome(known, record())
    with django_assert_num_queries(3):
        outcome(known, *(record(f"Text {n}", f"t{n}") for n in range(30)))
