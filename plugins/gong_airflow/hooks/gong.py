"""The one door to Gong: authentication, pacing, time-outs, retries in place, typed errors, counting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests
from airflow.providers.http.hooks.http import HttpHook

from gong_airflow import __version__
from gong_airflow.answers import Answer, read_answer
from gong_airflow.connection import GongConnection, read_connection
from gong_airflow.content import Content
from gong_airflow.errors import GongConfigurationError, GongError, GongRateLimitError, GongUnavailableError
from gong_airflow.pacer import licensed_pacer
from gong_airflow.traffic import Traffic
from gong_airflow.wire import PacedAdapter

if TYPE_CHECKING:
    from tenacity import RetryCallState

# A longer Retry-After is the daily limit: the task ends, and worker and slot are free until then.
LONGEST_WAIT_IN_PLACE = 60.0
_CHUNK = 1 << 16


class GongHook(HttpHook):
    """Talks to Gong's API v2 with the connection type `gong`.

    One session and one counter of requests per hook; all hooks of a process share one pacer. Inside a
    task the task must hold a slot of the connection's pool (default `gong_api`).

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
    def _session(self) -> requests.Session:
        session = requests.Session()
        self.base_url = self.settings.base_url
        self._base_url_initialized = True
        session.auth = self.settings.auth
        session.verify = self.settings.verify
        session.proxies.update(self.settings.proxies)
        session.headers.update({"User-Agent": _user_agent(), "Accept": "application/json"})
        for scheme in ("http://", "https://"):
            adapter = PacedAdapter(
                self._turn, send_timeout=self.settings.read_timeout, idle=120, count=20, interval=30
            )
            session.mount(scheme, adapter)
        return session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # Asked for here, so that a request sent through the session alone is paced and counted as well.
        with licensed_pacer(self.settings.pool).turn() as waited:
            self.traffic.add(self._operation, seconds_waited=waited, requests=1)
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

        patience = _Patience(self, repeatable)
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
        response = self._exchange(
            f"{self.method} {urlsplit(path).path}", path, headers=headers, **request_kwargs
        )
        read_answer(
            f"{self.method} {urlsplit(path).path}", response.status_code, response.headers, response.content
        )
        return response

    def test_connection(self) -> tuple[bool, str]:
        """Ask for the calls and transcripts of an hour, and say what the answers mean (two requests)."""
        import pendulum

        end = pendulum.now("UTC").start_of("hour")
        dates = {"fromDateTime": end.subtract(hours=1).isoformat(), "toDateTime": end.isoformat()}
        try:
            for operation in ("POST /v2/calls/extensive", "POST /v2/calls/transcript"):
                self._attempt(operation, {}, None, {"filter": dates})
        except GongUnavailableError as error:
            return False, f"No proper answer from {self.settings.base_url}: is the base URL right? {error}"
        except GongRateLimitError as error:
            return True, f"Gong knows the key, but the request limit is reached for now. {error}"
        except GongError as error:
            return False, str(error)
        return True, f"{self.settings.base_url} accepts the key; it may read calls and transcripts."

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
        body: dict[str, Any] = {"json": json}
        if content is not None:
            streamed = content()
            body = {
                "data": streamed.stream,
                "headers": {"Content-Type": streamed.content_type},
                "answer_timeout": streamed.answer_timeout,
            }
        try:
            response = self._exchange(operation, url, method=method, params=params, **body)
            return read_answer(operation, response.status_code, response.headers, response.content)
        except GongRateLimitError:
            self.traffic.add(operation, rate_limited=1)
            raise

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
        session = self._session
        try:
            response = session.request(
                method or self.method,
                self.settings.base_url + path,
                timeout=(self.settings.connect_timeout, answer_timeout or self.settings.read_timeout),
                allow_redirects=False,
                stream=True,
                **kwargs,
            )
            with response:
                # What iter_content raises on a broken body is a RequestException too.
                response._content = _read(response, time.monotonic() + self.settings.read_timeout)
                return response
        except requests.exceptions.RequestException as error:
            # The text of these errors holds URLs with their query; the type says enough.
            raise GongUnavailableError(_describe(error), operation=operation) from None


class _Patience:
    """How often and how long one request is tried again while the task keeps its slot."""

    def __init__(self, hook: GongHook, repeatable: bool) -> None:
        self._hook = hook
        self._repeatable = repeatable
        self._unavailable = 0

    def is_over(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        if isinstance(error, GongRateLimitError):
            too_long = (error.retry_after or 0) > LONGEST_WAIT_IN_PLACE
            return too_long or state.attempt_number >= self._hook.attempts_when_limited
        self._unavailable += 1
        return not self._repeatable or self._unavailable >= self._hook.attempts_when_unavailable

    def seconds(self, state: RetryCallState) -> float:
        from tenacity import wait_random_exponential

        error = _error_of(state)
        asked = min(error.retry_after, LONGEST_WAIT_IN_PLACE) if error.retry_after is not None else None
        if isinstance(error, GongRateLimitError):
            return 1.0 if asked is None else asked
        return max(
            asked or 0.0, wait_random_exponential(multiplier=self._hook.backoff_seconds, max=20)(state)
        )

    def note(self, state: RetryCallState) -> None:
        error, seconds = _error_of(state), state.upcoming_sleep
        operation = error.operation or "?"
        self._hook.traffic.add(operation, retries=1, seconds_waited=seconds)
        self._hook.log.warning("%s Trying again in %.1f s.", error.what, seconds)


def _error_of(state: RetryCallState) -> GongError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, GongError):
        raise TypeError("only Gong's errors are tried again")
    return error


def _read(response: requests.Response, deadline: float) -> bytes:
    """The whole body; a server that dribbles must not keep the slot for ever."""
    chunks = []
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout
    return b"".join(chunks)


def _describe(error: requests.exceptions.RequestException) -> str:
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


def _user_agent() -> str:
    from airflow import __version__ as airflow_version
    from airflow.sdk import get_current_context

    try:
        operator = get_current_context()["task"].task_type
    except RuntimeError:
        operator = "no-task"
    return f"gong-airflow/{__version__} apache-airflow/{airflow_version} {operator}"
