"""Downloads one media file: in constant memory, resumed with Range and If-Range, checked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from gong_airflow.answers import retry_after_seconds
from gong_airflow.content import PROGRESS_SECONDS
from gong_airflow.media.errors import MediaAddressError, MediaBreakError, MediaError
from gong_airflow.media.folder import PartialFile
from gong_airflow.media.kinds import extension_of

log = logging.getLogger(__name__)

# Bytes in memory at once; what a break costs at most.
BLOCK = 1 << 18
# Breaks in a row, each with less than `PROGRESS` bytes between it and the last one.
MOST_BREAKS = 5
PROGRESS = 1 << 20
LONGEST_PAUSE = 60.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Downloader:
    """Downloads files over one session.

    :param timeout: seconds to connect, and seconds between two bytes
    :param sleep: waits that many seconds
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        timeout: tuple[float, float] = (10.0, 60.0),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._timeout = timeout
        self._sleep = sleep

    def fetch(self, address: Callable[[], str], part: PartialFile, name: str) -> None:
        """Bring `part` to its end; what has arrived stays there whatever happens.

        :param address: gives the signed address, for each request anew
        :param name: for the log
        :raises MediaAddressError: another address is needed
        :raises MediaBreakError: the storage fails again and again
        :raises MediaError: what it sends is not the file
        """
        breaks = 0
        while not _is_whole(part):
            before = part.size
            try:
                self._request(address(), part, _Progress(name))
            except MediaBreakError as error:
                breaks = 1 if part.size >= before + PROGRESS else breaks + 1
                if breaks > MOST_BREAKS:
                    raise
                pause = min(LONGEST_PAUSE, max(2.0**breaks, error.retry_after or 0.0))
                log.warning("%s: %s. Going on from byte %d in %.0f s.", name, error.what, part.size, pause)
                self._sleep(pause)

    def _request(self, address: str, part: PartialFile, progress: _Progress) -> None:
        headers = {}
        if part.size and part.facts.get("etag"):
            headers = {"Range": f"bytes={part.size}-", "If-Range": str(part.facts["etag"])}
        try:
            with self._session.get(address, headers=headers, stream=True, timeout=self._timeout) as response:
                blocks = response.iter_content(BLOCK)
                if not _goes_on(response, part):
                    first = next(blocks, b"")
                    part.restart(_announced(response, first))
                    part.append(first)
                progress.begin(part)
                for block in blocks:
                    part.append(block)
                    progress.tell(part)
        except (RequestException, HTTPError, UnicodeError) as error:
            # Their texts hold the address; the type says enough. (Not OSError: that is our own disk.)
            raise MediaBreakError(
                f"The connection to the media storage failed [{type(error).__name__}]"
            ) from None
        if not _is_whole(part):
            raise MediaBreakError("The storage sent less than it announced")


def _is_whole(part: PartialFile) -> bool:
    return part.size > 0 and part.size == part.facts.get("size")


def _goes_on(response: requests.Response, part: PartialFile) -> bool:
    """Whether the answer is what comes after the bytes of `part`; False when it is a whole file.

    :raises MediaError: it is neither
    """
    status = response.status_code
    if status == 206:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found and (int(found[1]), int(found[2])) == (part.size, part.facts.get("size")):
            return True
    elif status == 200:
        return False
    if status in (206, 416):
        part.restart({})
        raise MediaBreakError("The storage has another file than before", status=status)
    if status in (400, 401, 403):
        # 400 too: with session credentials S3 calls it ExpiredToken.
        raise MediaAddressError("The storage does not accept the address", status=status)
    if status >= 500 or status in (408, 425, 429):
        seconds = retry_after_seconds(response.headers.get("Retry-After"))
        raise MediaBreakError("The storage fails", status=status, retry_after=seconds)
    raise MediaError("The storage does not have the file", status=status)


def _announced(response: requests.Response, head: bytes) -> dict[str, Any]:
    """What is noted of a file: `size`, `content_type`, `extension`, and `etag` if it is a strong one.

    :raises MediaError: it is no media, or of unknown size
    """
    headers = response.headers
    length = headers.get("Content-Length", "")
    if not length.isdecimal() or headers.get("Content-Encoding", "identity") != "identity":
        raise MediaError("The storage does not say how large the file is")
    if not int(length):
        raise MediaError("The storage has an empty file")
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    etag = headers.get("ETag", "")
    return {
        "size": int(length),
        "content_type": content_type,
        "extension": extension_of(content_type, head),
        # If-Range takes no weak one: without it a break starts the file again.
        "etag": etag if etag.startswith('"') else "",
    }


class _Progress:
    """A line now and then while a large file comes in."""

    def __init__(self, name: str) -> None:
        self._name = name

    def begin(self, part: PartialFile) -> None:
        self._first, self._began = part.size, time.monotonic()
        self._told = self._began

    def tell(self, part: PartialFile) -> None:
        now = time.monotonic()
        if now - self._told < PROGRESS_SECONDS:
            return
        self._told = now
        rate = (part.size - self._first) / (now - self._began)
        log.info(
            "%s: %.1f of %.1f MB (%d %%), %.1f MB/s",
            self._name, part.size / 1e6, part.facts["size"] / 1e6,
            100 * part.size // part.facts["size"], rate / 1e6,
        )  # fmt: skip
