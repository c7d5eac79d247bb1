"""The filesystem broker, with messages that appear whole.

The transport makes a message's file first and writes it afterwards; a worker that looks in between takes an empty file,
and dies of it. Here a file gets its name once it is written.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts messages under their names in one step."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as the class above
        """Put a message onto a queue; raises ChannelError where the folder cannot be written."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}"
        draft = Path(self.data_folder_out) / f"{name}.part"
        try:
            draft.write_bytes(dumps(payload).encode())
            draft.replace(draft.with_name(f"{name}.{queue}.msg"))
        except OSError as error:
            raise ChannelError(f"Cannot write {draft.name} into the broker's folder.") from error


class Transport(filesystem.Transport):
    """The transport of `filesystem://` in this process."""

    Channel = Channel

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """A folder has no host; the host that kombu would put in its place is announced as a warning to everybody."""
        return {}


def install() -> None:
    """Have `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
