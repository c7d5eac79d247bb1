"""Files from a browser: what comes in beyond the limit is not written to disk."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest


class BoundedUpload(FileUploadHandler):
    """Passes a file on to the handlers behind it until it is larger than allowed, and swallows the rest.

    The file that arrives is then just over the limit, so that the form says so; the browser has been read to the end
    and sees that answer, which it would not if the connection were cut.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        """Nothing has come in yet."""
        super().__init__(request)
        self.passed = 0

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Count each file on its own."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # the parser's arguments, handed on as they are
        self.passed = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a piece on, unless the limit is behind us."""
        if self.passed > settings.CONCORD_MAX_UPLOAD_BYTES:
            return None
        self.passed += len(raw_data)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handler that holds it."""
