"""Whom Gong is asked for by address or number: in no error, none of its causes, and no log line."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator

import pytest

from gong_airflow.errors import GongUnavailableError
from gong_airflow.hooks.gong import GongHook
from tests.support.emulator import Emulator
from tests.support.waiting import free_port

ASKED = {
    "GET /v2/data-privacy/data-for-email-address": {"emailAddress": "jane.doe@secret.example"},
    "POST /v2/data-privacy/erase-data-for-phone-number": {"phoneNumber": "+14255552671"},
}
TRACES = ("secret.example", "jane", "4255552671")


@pytest.fixture(params=ASKED)
def operation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def everything(error: BaseException | None) -> Iterator[str]:
    """The texts of an error, of all that it came from, and of their tracebacks."""
    while error is not None:
        yield from (str(error), repr(error), repr(vars(error)))
        yield "".join(traceback.format_exception(error))
        if error.__cause__ is not None:
            yield from everything(error.__cause__)
        error = error.__context__


@pytest.mark.parametrize("fault", ["refused", "reset", "html"])
def test_neither_errors_nor_logs_hold_the_query(
    operation: str,
    fault: str,
    make_hook: Callable[..., GongHook],
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    hook = make_hook(**({"host": f"http://127.0.0.1:{free_port()}"} if fault == "refused" else {}))
    if fault != "refused":
        emulator.fault(fault, path=operation.split()[1], times=None)
    with pytest.raises(GongUnavailableError) as caught:
        hook.call(operation, params=ASKED[operation], repeatable=False)
    text = "\n".join([*everything(caught.value), caplog.text, *(repr(r.args) for r in caplog.records)])
    assert operation in text
    assert not [trace for trace in TRACES if trace in text]


def test_the_http_librarys_own_lines_lose_the_query_only(
    operation: str, make_hook: Callable[..., GongHook], emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="urllib3")
    make_hook().call(operation, params=ASKED[operation])
    # Other filters of this process may leave even the question mark out.
    assert operation.split()[1] in caplog.text
    assert not [trace for trace in TRACES if trace in caplog.text]
