"""Reads the multipart body of an upload as it comes, and hands on the bytes of its one file."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from include.emulator.errors import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, ApiError
from include.emulator.measuring import Measure, Media

PART = "mediaFile"
TOO_LARGE = "Payload Too Large"  # invented
MISSING = "{} part is missing"  # recorded for dataFile
EMPTY = f"{PART}: must not be empty"  # invented
_FRAME_BYTES = 64 * 1024  # headers and boundaries around the file: more than any client needs
_PAUSE = 0.1


class ReceivingSettings(Protocol):
    """How much is read, and how fast; None is as fast as can be."""

    maximum_bytes: int
    read_bytes_per_second: int | None


class Sink(Protocol):
    """Where the bytes of a file go."""

    size: int

    def feed(self, piece: bytes) -> None:
        """The next bytes."""


@dataclass
class ReceivedFile:
    """The file of the part, and what the part said about it."""

    media: Media
    name: str
    content_type: str | None


def check_headers(headers: dict[str, str], maximum_bytes: int) -> bytes:
    """The boundary of the multipart body that is announced; 415 for another body, 413 for one too large."""
    kind, options = parse_options_header(headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise ApiError(415, [UNSUPPORTED_MEDIA_TYPE])
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > maximum_bytes + _FRAME_BYTES:
        raise ApiError(413, [TOO_LARGE])
    boundary = options.get(b"boundary")
    if not boundary:
        raise ApiError(400, [BAD_REQUEST], note="the content type names no boundary")
    return boundary


async def receive_file(receive: Receive, boundary: bytes, settings: ReceivingSettings) -> ReceivedFile:
    """Read a body with media to its end: hashed, measured and forgotten, never kept.

    :raises ClientDisconnect: when the connection breaks before
    :raises ApiError: 400 for a body without a file, 413 as soon as the file is too large
    """
    measure = Measure()
    name, content_type = await receive_part(receive, boundary, PART, measure, settings)
    if not measure.size:
        raise ApiError(400, [EMPTY])
    return ReceivedFile(measure.finish(), name, content_type)


async def receive_part(
    receive: Receive, boundary: bytes, part: str, sink: Sink, settings: ReceivingSettings
) -> tuple[str, str | None]:
    """Read the body to its end; the bytes of the file in ``part`` go to ``sink``. Its name and content type.

    :raises ClientDisconnect: when the connection breaks before
    :raises ApiError: 400 for a body without a file, 413 as soon as the file is too large
    """
    parts = _Parts(boundary, part, sink)
    more = True
    while more:
        began = time.monotonic()
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        parts.feed(piece)
        if sink.size > settings.maximum_bytes:
            raise ApiError(413, [TOO_LARGE])
        await _hold_back(began, len(piece), settings)
    return parts.finish()


async def _hold_back(began: float, size: int, settings: ReceivingSettings) -> None:
    """Wait until ``size`` bytes may have been read since ``began``; a new setting counts at once."""
    while (rate := settings.read_bytes_per_second) is not None:
        rest = began + size / rate - time.monotonic()
        if rest <= 0:
            return
        await asyncio.sleep(min(rest, _PAUSE))


@dataclass
class _Part:
    """The headers of the part that is being read."""

    name: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)


class _Parts:
    """Parses; the bytes of the first part with the right name and a file name go to ``sink``."""

    def __init__(self, boundary: bytes, name: str, sink: Sink) -> None:
        self._name = name
        self._sink = sink
        self._part = _Part()
        self._wanted = False
        self._file: tuple[str, str | None] | None = None
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._field,
                    "on_header_value": self._value,
                    "on_header_end": self._header,
                    "on_headers_finished": self._headers,
                    "on_part_data": self._data,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _malformed(error) from error

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body; 400 if they cannot be."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _malformed(error) from error

    def finish(self) -> tuple[str, str | None]:
        """The body has ended; name and content type of the file."""
        if not self._ended:
            raise ApiError(400, [BAD_REQUEST], note="the body ends before its last boundary")
        if self._file is None:
            text = MISSING.format(self._name)
            raise ApiError(400, [text], note=f"no part is named {self._name} and has a file name")
        return self._file

    def _begin(self) -> None:
        self._part = _Part()

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]

    def _header(self) -> None:
        part = self._part
        part.headers[bytes(part.header).lower()] = bytes(part.value)
        part.header.clear()
        part.value.clear()

    def _headers(self) -> None:
        headers = self._part.headers
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        name = options.get(b"filename")
        self._wanted = self._file is None and options.get(b"name") == self._name.encode() and bool(name)
        if self._wanted and name:
            kind = headers.get(b"content-type")
            self._file = name.decode("utf-8", "replace"), kind.decode("latin-1") if kind else None

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._sink.feed(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _malformed(error: Exception) -> ApiError:
    return ApiError(400, [BAD_REQUEST], note=f"malformed multipart body: {error}"[:200])
