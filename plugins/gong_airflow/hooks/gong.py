"""The one door to Gong: authentication, pacing, time-outs, retries in place, typed errors, counting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from airflow.providers.http.hooks.http import HttpHook

from gong_airflow import __version__
from gong_airflow.answers import Answer, read_answer
from gong_airflow.connection import GongConnection, read_connection
from gong_airflow.content import Content
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongRateLimitError,
    GongScopeError,
    GongTokenExpiredError,
    GongUnavailableError,
)
from gong_airflow.oauth import LiveToken, TokenStore
from gong_airflow.pacer import licensed_pacer
from gong_airflow.patience import Patience
from gong_airflow.traffic import Traffic
from gong_airflow.transport import Session, describe, keep_queries_out_of_logs, read_body
from gong_airflow.wire import PacedAdapter

T = TypeVar("T")
_UNTESTED = (
    "Client id, client secret and refresh token are filled in. Whether Gong takes them cannot be tested"
    " without using the refresh token up: save the connection and start gong_token."
)
# A longer Retry-After is the daily limit: the task ends, and worker and slot are free until then.
LONGEST_WAIT_IN_PLACE = 60.0


class GongHook(HttpHook):
    """Talks to Gong's API v2 with the connection type `gong`.

    One session and one counter of requests per hook; all hooks of a process share one pacer. Inside a
    task the task must hold a slot of the connection's pool (default `gong_api`).

    With an OAuth app it sends the access token that `gong_token` keeps alive, and never renews it. A token
    that Gong no longer takes is read again; a missing scope changes nothing.

    :param gong_conn_id: an Airflow connection, see `gong_airflow.connection`
    """

    conn_name_attr = "gong_conn_id"
    default_conn_name = "gong_default"
    conn_type = "gong"
    hook_name = "Gong"

    # In place, for requests that may be repeated; afterwards the retry policy of the task decides.
    attempts_when_unavailable = 4
    attempts_when_limited = 10
    backoff_seconds = 1.0

    def __init__(self, gong_conn_id: str = default_conn_name, method: str = "GET", **kwargs: Any) -> None:
        super().__init__(method=method, http_conn_id=gong_conn_id, **kwargs)
        self.gong_conn_id = gong_conn_id
        self.traffic = Traffic()
        self._operation = "(session)"  # what is being sent, for the counters

    @cached_property
    def settings(self) -> GongConnection:
        """What the connection says; GongConfigurationError when it cannot work."""
        settings, ignored = read_connection(self.get_connection(self.gong_conn_id))
        if ignored:
            # Unlike the HTTP hook, which sends unknown extras as headers: they may be secrets.
            self.log.warning("Connection %s: ignored extras %s", self.gong_conn_id, ", ".join(ignored))
        return settings

    @cached_property
    def _live(self) -> LiveToken | None:
        """The access token of an OAuth app; None for a key."""
        app = self.settings.app
        return LiveToken(TokenStore(self.gong_conn_id, app), self.settings.base_url) if app else None

    @property
    def _address(self) -> str:
        """The base URL; with OAuth only known as long as there is an access token."""
        return self._live.base_url if self._live else self.settings.base_url

    @cached_property
    def _session(self) -> requests.Session:
        session = Session()
        keep_queries_out_of_logs()
        self.base_url = self.settings.base_url
        self._base_url_initialized = True
        session.auth = self._live or self.settings.auth
        session.verify = self.settings.verify
        session.proxies.update(self.settings.proxies)
        session.headers.update({"User-Agent": _user_agent(), "Accept": "application/json"})
        for scheme in ("http://", "https://"):
            adapter = PacedAdapter(
                self.turn, send_timeout=self.settings.read_timeout, idle=120, count=20, interval=30
            )
            session.mount(scheme, adapter)
        return session

    @contextmanager
    def turn(self, operation: str | None = None) -> Iterator[None]:
        """Wait until a request may leave, which is sent inside the block and counted.

        :raises GongConfigurationError: the task is not in the pool
        """
        # Asked for here, so that a request sent through the session alone is paced and counted as well.
        with licensed_pacer(self.settings.pool).turn() as waited:
            self.traffic.add(operation or self._operation, seconds_waited=waited, requests=1)
            yield

    def get_conn(
        self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None
    ) -> requests.Session:
        """The hook's session. `headers` and `extra_options` belong to a request, so they are refused here."""
        if headers or extra_options:
            raise GongConfigurationError(
                "GongHook.get_conn() takes no headers and no options", remedy="Pass headers to run()"
            )
        return self._session

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: Callable[[], Content] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Send one request and read its answer.

        :param operation: method and path template, e.g. `GET /v2/users/{id}`
        :param path: values of the template's placeholders
        :param params: query parameters
        :param json: body
        :param content: instead of `json`, makes a body that is streamed; called for every attempt
        :param repeatable: False for a write whose repetition could do harm: it is not sent again when
            its fate is unknown. A 429 is always waited out, as Gong did not process the request.
        :raises GongError: see `gong_airflow.errors`
        """
        from tenacity import Retrying, retry_if_exception_type

        patience = Patience(self, repeatable, LONGEST_WAIT_IN_PLACE)
        retrying = Retrying(
            retry=retry_if_exception_type((GongRateLimitError, GongUnavailableError)),
            stop=patience.is_over,
            wait=patience.seconds,
            sleep=time.sleep,
            before_sleep=patience.note,
            reraise=True,
        )
        return retrying(self._attempt, operation, path or {}, params, json, content)

    def run(
        self,
        endpoint: str | None = None,
        data: dict[str, Any] | str | None = None,
        headers: dict[str, Any] | None = None,
        extra_options: dict[str, Any] | None = None,
        **request_kwargs: Any,
    ) -> requests.Response:
        """`HttpHook.run`, for code that knows only that; paced, counted and typed like `call`.

        :param extra_options: refused; time-outs, TLS and proxies come from the connection
        """
        if extra_options:
            raise GongConfigurationError(
                f"GongHook.run() takes no extra_options ({', '.join(sorted(extra_options))})",
                remedy="Set time-outs, TLS and proxies in the connection",
            )
        path = "/" + (endpoint or "").lstrip("/")
        request_kwargs["params" if self.method in ("GET", "HEAD") else "data"] = data
        operation = f"{self.method} {urlsplit(path).path}"

        def send() -> requests.Response:
            response = self._exchange(operation, path, headers=headers, **request_kwargs)
            read_answer(operation, response.status_code, response.headers, response.content)
            return response

        return self._with_live_token(operation, send)

    def test_connection(self) -> tuple[bool, str]:
        """Ask for the calls and transcripts of an hour, and say what the answers mean (two requests)."""
        import pendulum

        end = pendulum.now("UTC").start_of("hour")
        dates = {"fromDateTime": end.subtract(hours=1).isoformat(), "toDateTime": end.isoformat()}
        try:
            if self._live and not self._has_token():
                return True, _UNTESTED
            for operation in ("POST /v2/calls/extensive", "POST /v2/calls/transcript"):
                self._attempt(operation, {}, None, {"filter": dates})
        except GongUnavailableError as error:
            return False, f"No proper answer from {self._address}: is the base URL right? {error}"
        except GongRateLimitError as error:
            return True, f"Gong knows the key, but the request limit is reached for now. {error}"
        except GongError as error:
            return False, str(error)
        return True, f"{self._address} accepts the key; it may read calls and transcripts."

    def _attempt(
        self,
        operation: str,
        path: Mapping[str, str],
        params: Any,
        json: Any,
        content: Callable[[], Content] | None = None,
    ) -> Answer:
        method, template = operation.split(" ", 1)
        url = template.format(**{name: quote(str(value), safe="") for name, value in path.items()})

        def send() -> Answer:
            body = {"json": json} if content is None else _streamed(content())
            response = self._exchange(operation, url, method=method, params=params, **body)
            return read_answer(operation, response.status_code, response.headers, response.content)

        try:
            return self._with_live_token(operation, send)
        except GongRateLimitError:
            self.traffic.add(operation, rate_limited=1)
            raise

    def _with_live_token(self, operation: str, send: Callable[[], T]) -> T:
        """`send()`, and once more when `gong_token` has stored another access token meanwhile.

        :raises GongTokenExpiredError: Gong does not take the access token, and there is no other
        """
        for _ in range(2):
            try:
                return send()
            except GongCredentialsError as error:
                # 401 is also the answer to a missing scope, which no other token would change.
                if self._live is None or error.status != 401 or isinstance(error, GongScopeError):
                    raise
                refused = error
            if not self._live.renewed():
                break
        raise GongTokenExpiredError(
            "Gong does not take the access token, though it should still work",
            operation=operation,
            status=refused.status,
            request_id=refused.request_id,
            errors=refused.errors,
        )

    def _has_token(self) -> bool:
        try:
            return bool(self._live and self._live.pair())
        except GongError:
            return False

    def _exchange(
        self,
        operation: str,
        path: str,
        *,
        method: str | None = None,
        answer_timeout: float | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send at the permitted moment and read the whole answer; no HTTP error is raised here."""
        licensed_pacer(self.settings.pool)  # refuses before a connection is opened
        self._operation = operation
        session, base_url = self._session, self._address
        try:
            response = session.request(
                method or self.method,
                base_url + path,
                timeout=(self.settings.connect_timeout, answer_timeout or self.settings.read_timeout),
                allow_redirects=False,
                stream=True,
                **kwargs,
            )
            with response:
                # What iter_content raises on a broken body is a RequestException too.
                response._content = read_body(response, time.monotonic() + self.settings.read_timeout)
                return response
        except requests.exceptions.RequestException as error:
            # The text of these errors holds URLs with their query; the type says enough. Raised below, so
            # that they are not kept as the context either.
            what = describe(error)
        raise GongUnavailableError(what, operation=operation)


def _streamed(content: Content) -> dict[str, Any]:
    return {
        "data": content.stream,
        "headers": {"Content-Type": content.content_type},
        "answer_timeout": content.answer_timeout,
    }


def _user_agent() -> str:
    from airflow import __version__ as airflow_version
    from airflow.sdk import get_current_context

    try:
        operator = get_current_context()["task"].task_type
    except RuntimeError:
        operator = "no-task"
    return f"gong-airflow/{__version__} apache-airflow/{airflow_version} {operator}"
