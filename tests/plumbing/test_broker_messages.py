"""Messages of the filesystem broker: whole or not there, so that a worker never takes half of one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

import config.celery  # noqa: F401  installs the transport
from config.broker import Transport


@pytest.fixture
def queue(tmp_path: Path) -> Any:
    """A queue in a folder of its own."""
    options = {key: str(tmp_path) for key in ("data_folder_in", "data_folder_out", "control_folder")}
    with Connection("filesystem://", transport_options=options) as connection:
        assert type(connection.transport) is Transport
        yield connection.SimpleQueue("bells")


def test_message_is_never_seen_before_it_is_whole(queue: Any) -> None:
    ringing = threading.Thread(target=lambda: [queue.put({"job": n}) for n in range(300)])
    ringing.start()
    got = [queue.get(timeout=20).payload["job"] for _ in range(300)]
    ringing.join()
    assert sorted(got) == list(range(300))


def test_no_command_warns_of_a_missing_host(queue: Any, caplog: pytest.LogCaptureFixture) -> None:
    queue.put({"job": 1})
    assert queue.channel.connection.client.info()["hostname"] is None
    assert caplog.messages == []


def test_folder_that_is_gone_is_told(queue: Any, tmp_path: Path) -> None:
    channel = queue.channel
    channel.__dict__["data_folder_out"] = str(tmp_path / "gone")
    with pytest.raises(ChannelError):
        channel._put("bells", {})
