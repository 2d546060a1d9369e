"""A media file as the multipart body of one request, in constant memory, with progress in the log.

`PUT /v2/calls/{id}/media` takes one part, `mediaFile` (Gong's OpenAPI document); a raw body is answered 415.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from gong_airflow.errors import GongRecordingError, GongUnavailableError

PROGRESS_SECONDS = 5.0
# Gong reads 1.5 GB before it answers.
ANSWER_SECONDS = 900.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Content:
    """A body that is streamed.

    :param stream: has `read(size)` and `len`, bytes that are left
    :param answer_timeout: seconds to wait for the answer once all is sent
    """

    stream: Any
    content_type: str
    answer_timeout: float


class MediaStream:
    """Reads exactly `size` bytes of a file that must not change meanwhile; hashes and counts them.

    :param clock: seconds, monotonic
    """

    def __init__(self, file: BinaryIO, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._size = size
        self._sent = 0
        self._hash = hashlib.sha256()
        self._clock = clock
        self._began = self._told = clock()

    @property
    def len(self) -> int:
        """Bytes that are left: what requests-toolbelt asks of a part's body."""
        return self._size - self._sent

    @property
    def sha256(self) -> str | None:
        """Of the whole file, hexadecimal; None while bytes are left.

        Gong may answer before it has read a body, and the rest of it is then never read here either.
        """
        return None if self.len else self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes.

        :raises GongRecordingError: the file has become shorter or longer; the request is broken off
        :raises GongUnavailableError: the file could not be read
        """
        wanted = self.len if size < 0 else min(size, self.len)
        block = self._from_file(wanted) if wanted else b""
        self._sent += len(block)
        if len(block) < wanted or (block and not self.len and self._from_file(1)):
            raise GongRecordingError(
                [f"The media file changed while it was sent: it had {self._size} bytes before"]
            )
        self._hash.update(block)
        self._tell()
        return block

    def _from_file(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            # As it is, the HTTP library would take it for an error of the connection to Gong.
            raise GongUnavailableError(
                f"The media file could not be read [{type(error).__name__}]",
                remedy="The task tries again by itself; if it keeps failing, check the drop folder's storage",
            ) from None

    def _tell(self) -> None:
        now = self._clock()
        if self.len and now - self._told < PROGRESS_SECONDS:
            return
        self._told = now
        rate = self._sent / max(now - self._began, 1e-6)
        log.info(
            "Sent %.1f of %.1f MB (%d %%), %.1f MB/s, %s left",
            self._sent / 1e6,
            self._size / 1e6,
            100 * self._sent / self._size,
            rate / 1e6,
            _span(self.len / max(rate, 1e-6)),
        )


def media_content(stream: MediaStream, *, extension: str, content_type: str) -> Content:
    """`stream` as the body of `PUT /v2/calls/{id}/media`.

    The part is called `recording` and its extension: the customer's file name may hold a person's name.
    """
    from requests_toolbelt import MultipartEncoder

    encoder = MultipartEncoder({"mediaFile": (f"recording{extension}", stream, content_type)})
    return Content(encoder, encoder.content_type, ANSWER_SECONDS)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
