"""An upload beyond the limit: refused in words, and never on disk as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

MIB = 1024 * 1024


@pytest.fixture
def uploaded(settings):
    """Return a function that gives what a view gets of files of some sizes, by name."""
    requests = []

    def send(limit, **sizes):
        settings.CONCORD_MAX_UPLOAD_BYTES = limit
        sent = {name: SimpleUploadedFile(f"{name}.csv", b"x" * size) for name, size in sizes.items()}
        requests.append(RequestFactory().post("/", sent | {"after": "kept"}))
        assert requests[-1].POST["after"] == "kept"
        return requests[-1].FILES

    yield send
    for request in requests:
        request.close()


@pytest.mark.parametrize("size", [1, 2 * MIB, 3 * MIB])
def test_file_within_the_limit_arrives_whole(uploaded, size):
    assert uploaded(3 * MIB, file=size)["file"].size == size


def test_file_beyond_the_limit_is_cut_just_behind_it(uploaded):
    file = uploaded(3 * MIB, file=5 * MIB)["file"]
    assert 3 * MIB < file.size <= 3 * MIB + 64 * 1024
    assert Path(file.temporary_file_path()).stat().st_size == file.size


def test_each_file_has_the_limit_for_itself(uploaded):
    files = uploaded(MIB, a=MIB, b=MIB)
    assert [files[name].size for name in ("a", "b")] == [MIB, MIB]
