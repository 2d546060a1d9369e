"""The body of an upload: exact bytes, constant memory, progress, and no half file taken for a whole one."""

from __future__ import annotations

import hashlib
import io
import logging
import tracemalloc
from typing import Any

import pytest

from gong_airflow.content import PROGRESS_SECONDS
from gong_airflow.errors import GongRecordingError, GongUnavailableError
from gong_airflow.recordings.upload import ANSWER_SECONDS, MediaStream, media_content
from gong_airflow.wire import BLOCK_SIZE


def drain(stream: Any, size: int = BLOCK_SIZE) -> bytes:
    return b"".join(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize("size", [1, BLOCK_SIZE - 1, BLOCK_SIZE, 3 * BLOCK_SIZE + 7])
@pytest.mark.parametrize("block", [1000, BLOCK_SIZE])
def test_the_body_is_one_part_called_media_file(size: int, block: int) -> None:
    payload = bytes(number % 251 for number in range(size))
    stream = MediaStream(io.BytesIO(payload), size)
    content = media_content(stream, extension=".wav", content_type="audio/wav")
    assert content.stream.len == content.stream.len
    declared = content.stream.len
    body = drain(content.stream, block)
    boundary = content.content_type.partition("boundary=")[2].encode()
    head, _, rest = body.partition(b"\r\n\r\n")
    assert head.splitlines() == [
        b"--" + boundary,
        b'Content-Disposition: form-data; name="mediaFile"; filename="recording.wav"',
        b"Content-Type: audio/wav",
    ]
    assert rest == payload + b"\r\n--" + boundary + b"--\r\n"
    assert len(body) == declared
    assert stream.sha256 == hashlib.sha256(payload).hexdigest()
    assert content.answer_timeout == ANSWER_SECONDS


def test_a_part_of_a_file_has_no_hash() -> None:
    """Gong may answer in the middle: the hash of what it has heard is not that of the file."""
    stream = MediaStream(io.BytesIO(b"media"), 5)
    stream.read(3)
    assert stream.sha256 is None
    stream.read(2)
    assert stream.sha256 == hashlib.sha256(b"media").hexdigest()


@pytest.mark.parametrize("actual", [0, 999, 1001, 5000], ids=["gone", "shorter", "longer", "much longer"])
def test_a_file_that_changes_under_way_is_never_sent_whole(actual: int) -> None:
    content = media_content(
        MediaStream(io.BytesIO(b"x" * actual), 1000), extension=".wav", content_type="audio/wav"
    )
    sent = []
    with pytest.raises(GongRecordingError, match="changed while it was sent: it had 1000 bytes"):
        sent.extend(iter(lambda: content.stream.read(300), b""))
    # What Gong got is less than the request has declared: it cannot take it for a recording.
    assert sum(map(len, sent)) < 1000


def test_a_storage_that_fails_is_not_taken_for_the_network() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError("s3://secret-bucket/jane.doe@example.com.wav")

    with pytest.raises(GongUnavailableError, match=r"could not be read \[ConnectionResetError\]") as caught:
        MediaStream(Broken(), 10).read(10)
    assert "jane" not in str(caught.value)


def test_progress_tells_bytes_percent_rate_and_time_left(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    stream = MediaStream(io.BytesIO(bytes(400_000_000)), 400_000_000, clock=lambda: now[0])
    with caplog.at_level(logging.INFO, "gong_airflow.content"):
        for second in range(1, 41):
            now[0] = float(second)
            stream.read(10_000_000)
    assert len(caplog.messages) == 40 / PROGRESS_SECONDS
    assert caplog.messages[0] == "Sent 50.0 of 400.0 MB (12 %), 10.0 MB/s, 35 s left"
    assert caplog.messages[-1] == "Sent 400.0 of 400.0 MB (100 %), 10.0 MB/s, 0 s left"


def test_memory_does_not_grow_with_the_file() -> None:
    class Zeros(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            block = min(size, self.left)
            self.left -= block
            return bytes(block)

        left = 300_000_000

    content = media_content(
        MediaStream(Zeros(), Zeros.left),
        extension=".wav",
        content_type="audio/wav",
    )
    tracemalloc.start()
    try:
        total = sum(len(block) for block in iter(lambda: content.stream.read(BLOCK_SIZE), b""))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total > 300_000_000
    assert peak < 16 * BLOCK_SIZE
