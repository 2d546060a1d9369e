"""Reads the multipart body of a media upload as it comes: hashed, measured and forgotten, never kept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from include.emulator.errors import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, ApiError
from include.emulator.intake import UploadSettings
from include.emulator.measuring import Measure, Media

PART = "mediaFile"
TOO_LARGE = "Payload Too Large"  # invented
MISSING = f"{PART} part is missing"  # invented after the recorded text for another operation
EMPTY = f"{PART}: must not be empty"  # invented
_FRAME_BYTES = 64 * 1024  # headers and boundaries around the file: more than any client needs
_PAUSE = 0.1


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


async def receive_file(receive: Receive, boundary: bytes, settings: UploadSettings) -> ReceivedFile:
    """Read the body to its end.

    :raises ClientDisconnect: when the connection breaks before
    :raises ApiError: 400 for a body without a file, 413 as soon as the file is too large
    """
    parts = _Parts(boundary)
    more = True
    while more:
        began = time.monotonic()
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        parts.feed(piece)
        if parts.measure.size > settings.maximum_bytes:
            raise ApiError(413, [TOO_LARGE])
        await _hold_back(began, len(piece), settings)
    return parts.finish()


async def _hold_back(began: float, size: int, settings: UploadSettings) -> None:
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
    """Parses; the bytes of the first part with the right name and a file name go to ``measure``."""

    def __init__(self, boundary: bytes) -> None:
        self.measure = Measure()
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

    def finish(self) -> ReceivedFile:
        """The body has ended."""
        if not self._ended:
            raise ApiError(400, [BAD_REQUEST], note="the body ends before its last boundary")
        if self._file is None:
            raise ApiError(400, [MISSING], note=f"no part is named {PART} and has a file name")
        if not self.measure.size:
            raise ApiError(400, [EMPTY])
        return ReceivedFile(self.measure.finish(), *self._file)

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
        self._wanted = self._file is None and options.get(b"name") == PART.encode() and bool(name)
        if self._wanted and name:
            kind = headers.get(b"content-type")
            self._file = name.decode("utf-8", "replace"), kind.decode("latin-1") if kind else None

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self.measure.feed(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _malformed(error: Exception) -> ApiError:
    return ApiError(400, [BAD_REQUEST], note=f"malformed multipart body: {error}"[:200])
