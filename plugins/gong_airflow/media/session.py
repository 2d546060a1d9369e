"""A session for the storage that media addresses lead to. It knows nothing of Gong's key and leaks nothing.

The address is the only authorization, and S3 refuses a request with a second one. So no `Authorization`
is sent: none of the connection, none of a `.netrc`, none of an address, and none after a redirect.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.auth import AuthBase

from gong_airflow import __version__
from gong_airflow.transport import Session

MOST_REDIRECTS = 5


class _NoAuth(AuthBase):
    """Adds nothing. Without it `requests` looks into `.netrc`, unless it is to ignore proxies too."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _MediaSession(Session):
    def rebuild_auth(
        self,
        prepared_request: requests.PreparedRequest,
        response: requests.Response,  # noqa: ARG002 - the library's signature
    ) -> None:
        """Called for a redirect, where the library looks into `.netrc` again and has added cookies."""
        for name in ("Authorization", "Cookie"):
            prepared_request.headers.pop(name, None)


def media_session(*, verify: bool | str = True, proxies: Mapping[str, str] | None = None) -> requests.Session:
    """A new session. Proxies of the environment are used, and before them `proxies`.

    :param verify: as of `requests`
    :param proxies: scheme to URL
    """
    logging.getLogger("urllib3.connectionpool").addFilter(_without_query)
    session = _MediaSession()
    session.auth = _NoAuth()
    session.verify = verify
    session.proxies.update(proxies or {})
    session.max_redirects = MOST_REDIRECTS
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    # Compressed on the way, a file could not be resumed and its size not be checked.
    session.headers.update({"User-Agent": f"gong-airflow/{__version__}", "Accept": "*/*"})
    session.headers["Accept-Encoding"] = "identity"
    return session


def _without_query(record: logging.LogRecord) -> bool:
    """urllib3 logs the address of every request for debugging: let it do so without the signature."""
    if isinstance(record.args, tuple):
        record.args = tuple(_bare(value) for value in record.args)
    return True


def _bare(value: Any) -> Any:
    return value.split("?")[0] if isinstance(value, str) else value
