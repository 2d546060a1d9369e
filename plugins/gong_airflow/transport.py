"""What stands between a request and a whole answer: the session, reading the body, naming what broke."""

from __future__ import annotations

import logging
import time
from typing import Any

import requests

_CHUNK = 1 << 16
# They write the path and query of every request when the level is DEBUG.
_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")


class Session(requests.Session):
    """A session whose settings win over the environment's; the library's own lose."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Proxies of the environment are used where the session names none, its CA bundle likewise."""
        given = {**self.proxies, **(proxies or {})}
        trusted = self.verify if verify is None and self.verify is not True else verify
        return super().merge_environment_settings(url, given, stream, trusted, cert)


class _WithoutQueries(logging.Filter):
    """Cuts the queries off the URLs in a log line: a person may be asked for by address or number."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(value) for value in record.args)
        return True


_WITHOUT_QUERIES = _WithoutQueries()


def keep_queries_out_of_logs() -> None:
    """From now on, in this process, no line of the HTTP library holds the query of a request."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_WITHOUT_QUERIES)


def _cut(value: Any) -> Any:
    # Errors quote the URL in their text.
    text = str(value) if isinstance(value, BaseException) else value
    return f"{text.partition('?')[0]}?…" if isinstance(text, str) and "?" in text else value


def read_body(response: requests.Response, deadline: float) -> bytes:
    """The whole body; a server that dribbles must not keep the slot for ever.

    :param deadline: `time.monotonic()` at which it is enough
    :raises requests.exceptions.RequestException: the body broke off, or took too long
    """
    chunks = []
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout
    return b"".join(chunks)


def describe(error: requests.exceptions.RequestException) -> str:
    """What happened, without the error's own text, which holds URLs with their queries."""
    kinds = (
        (requests.exceptions.SSLError, "The TLS handshake failed"),
        (requests.exceptions.ProxyError, "The proxy failed"),
        (requests.exceptions.ConnectTimeout, "Gong could not be reached in time"),
        (requests.exceptions.Timeout, "Gong took too long to answer"),
        (requests.exceptions.ChunkedEncodingError, "The connection broke in the middle of the answer"),
        (requests.exceptions.ContentDecodingError, "The answer could not be decompressed"),
        (requests.exceptions.ConnectionError, "The connection failed before the answer"),
    )
    text = next((text for kind, text in kinds if isinstance(error, kind)), "The request failed")
    return f"{text} [{type(error).__name__}]"
