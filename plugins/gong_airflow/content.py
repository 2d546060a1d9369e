"""Bodies that are streamed: in constant memory, of a size that is known before, with progress in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gong_airflow.errors import GongError, GongUnavailableError

PROGRESS_SECONDS = 5.0

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


class Readable(Protocol):
    """What a body is read from."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to `size` bytes; nothing at the end."""


class SizedStream:
    """Reads exactly `size` bytes of a file that must not change meanwhile, and tells how far it is.

    :param clock: seconds, monotonic
    """

    subject = "The file"
    storage = "the storage that it lies in"

    def __init__(self, file: Readable, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._size = size
        self._sent = 0
        self._clock = clock
        self._began = self._told = clock()

    @property
    def len(self) -> int:
        """Bytes that are left: what requests-toolbelt asks of a part's body."""
        return self._size - self._sent

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes.

        :raises GongError: `changed`: the file has become shorter or longer; the request is broken off
        :raises GongUnavailableError: the file could not be read
        """
        wanted = self.len if size < 0 else min(size, self.len)
        block = self._from_file(wanted) if wanted else b""
        self._sent += len(block)
        if len(block) < wanted or (block and not self.len and self._from_file(1)):
            raise self.changed(f"{self.subject} changed while it was sent: it had {self._size} bytes before")
        self._tell()
        return block

    def changed(self, what: str) -> GongError:
        """The error that says what to do when the file has changed."""
        raise NotImplementedError

    def _from_file(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            # As it is, the HTTP library would take it for an error of the connection to Gong.
            raise GongUnavailableError(
                f"{self.subject} could not be read [{type(error).__name__}]",
                remedy=f"The task tries again by itself; if it keeps failing, check {self.storage}",
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
            100 * self._sent / max(self._size, 1),
            rate / 1e6,
            _span(self.len / max(rate, 1e-6)),
        )


def multipart(name: str, stream: SizedStream, *, file_name: str, kind: str, answer_timeout: float) -> Content:
    """`stream` as the only part of a multipart body.

    :param name: the part's
    :param kind: its media type
    """
    from requests_toolbelt import MultipartEncoder

    encoder = MultipartEncoder({name: (file_name, stream, kind)})
    return Content(encoder, encoder.content_type, answer_timeout)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
