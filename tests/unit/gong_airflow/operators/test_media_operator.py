"""The task against the emulator: kinds of the form, counts without addresses, retries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gong_airflow.errors import GongScopeError
from gong_airflow.hooks.gong import GongHook
from gong_airflow.media.errors import MediaMissingError
from gong_airflow.operators import media as module
from gong_airflow.operators.media import GongDownloadMediaOperator
from gong_airflow.retry_policy import GongRetryPolicy
from include.media import LandedMedia
from tests.support.emulator import Emulator


@pytest.fixture
def download(
    emulator: Emulator,
    make_hook: Callable[..., GongHook],
    reading: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[GongDownloadMediaOperator, Any]]:
    """Runs the task for the window of the last calls."""
    monkeypatch.setattr(module, "CursorStore", lambda *_, **__: reading.store)
    emulator.control("PUT", "media", {"bytes": 10})
    days = sorted(call["started"] for call in emulator.calls())

    def run(**kwargs: Any) -> tuple[GongDownloadMediaOperator, Any]:
        window = reading.window | {"from": f"{days[-15][:10]}T00:00:00Z", "name": "the window"}
        operator = GongDownloadMediaOperator(
            task_id="download_media", window=window, folder=LandedMedia(tmp_path.as_uri()), **kwargs
        )
        operator.hook = make_hook()
        run = SimpleNamespace(run_id="run 1", dag_id="gong_media")
        return operator, lambda: operator.execute({"run_id": "run 1", "dag_run": run, "ti": None})

    return run


def test_it_returns_counts_and_no_address(download: Any, emulator: Emulator, tmp_path: Path) -> None:
    _, execute = download(kinds=["audio", "video"], include_private="False")
    told = execute()
    assert told["window"] == "the window"
    assert told["records"]["files"] == len(list(tmp_path.rglob("*.mp[34]"))) > 10
    assert told["traffic"]["POST /v2/calls/extensive"]["requests"] == len(emulator.requests()) == 1
    assert "media-storage" not in str(told)


def test_kinds_of_the_form_decide(download: Any, tmp_path: Path) -> None:
    _, execute = download(kinds="video")
    execute()
    assert {path.name for path in tmp_path.rglob("*.mp[34]")} == {"video.mp4"}


def test_a_missing_scope_is_told_and_not_tried_again(
    download: Any, make_hook: Callable[..., GongHook], emulator: Emulator
) -> None:
    scopes = ["api:calls:read:extensive"]
    emulator.control("POST", "keys", {"access_key": "a", "access_key_secret": "b", "scopes": scopes})
    operator, execute = download(kinds="audio")
    operator.hook = make_hook(login="a", password="b")
    with pytest.raises(GongScopeError, match="api:calls:read:media-url") as error:
        execute()
    assert GongRetryPolicy().evaluate(error.value, 1, 15).action.name == "FAIL"


def test_files_that_fail_are_tried_again(download: Any, emulator: Emulator) -> None:
    emulator.control("POST", "media/faults", {"kind": "type", "content_type": "text/html"})
    operator, execute = download(kinds="audio")
    with pytest.raises(MediaMissingError) as error:
        execute()
    assert GongRetryPolicy().evaluate(error.value, 1, 15).action.name == "RETRY"
    assert operator.label == "the window - 1 media files could not be had"
    assert execute()["records"]["files"] > 0


def test_the_session_is_that_of_the_connection_without_its_key(
    download: Any, make_hook: Callable[..., GongHook], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gong_airflow.media import session

    made: list[Any] = []
    original = session.media_session
    monkeypatch.setattr(session, "media_session", lambda **kwargs: made.append(kwargs) or original(**kwargs))
    proxies = {"ftp": "http://nowhere:1"}
    operator, execute = download(kinds="audio")
    operator.hook = make_hook(extra=json.dumps({"verify": False, "proxies": proxies}))
    execute()
    assert made == [{"verify": False, "proxies": proxies}]
