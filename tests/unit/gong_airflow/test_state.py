"""Laws 3 and 4: what is kept between tries and between runs, and who gives way to whom."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time.xcom import XCom

from gong_airflow.assets import CALLS, TRANSCRIPTS
from gong_airflow.cursors import CursorStore
from gong_airflow.errors import GongConfigurationError, GongTakenOverError
from gong_airflow.operators.plan import GongPlanOperator, give_way
from gong_airflow.watermark import WATERMARK, advance_watermark

WINDOW = {"stream": "calls", "from": "2026-10-01T00:00:00Z"}


@pytest.fixture
def xcoms(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[Any, ...], Any]:
    """What Airflow keeps, by task and key."""
    kept: dict[tuple[Any, ...], Any] = {}

    def place(key: str, where: dict[str, Any]) -> tuple[Any, ...]:
        return where["dag_id"], where["run_id"], where["task_id"], key

    monkeypatch.setattr(XCom, "set", lambda key, value, **where: kept.__setitem__(place(key, where), value))
    monkeypatch.setattr(XCom, "get_one", lambda key, map_index, **where: kept.get(place(key, where)))
    monkeypatch.setattr(XCom, "delete", lambda key, map_index, **where: kept.pop(place(key, where)))
    return kept


def store(try_number: int) -> CursorStore:
    run, ti = SimpleNamespace(dag_id="d", run_id="r"), SimpleNamespace(try_number=try_number)
    return CursorStore({"dag_run": run, "ti": ti}, plan_task_id="plan_windows", window=WINDOW)


def test_a_cursor_is_kept_under_the_task_that_planned_the_window(xcoms: dict[tuple[Any, ...], Any]) -> None:
    store(1).save({"cursor": "abc"})
    assert [key[2] for key in xcoms] == ["plan_windows"]
    assert store(2).load() == {"cursor": "abc"}
    store(2).clear()
    assert store(3).load() is None


def test_a_process_that_was_left_behind_stops(xcoms: dict[tuple[Any, ...], Any]) -> None:
    old, new = store(1), store(2)
    old.save({"cursor": "a"})
    new.save(new.load() or {})
    with pytest.raises(GongTakenOverError, match="Try 2 of this task is at work"):
        old.save({"cursor": "b"})
    assert new.load() == {"cursor": "a"}
    new.save({"cursor": "c"})


class AssetState(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value


def test_a_watermark_never_moves_back() -> None:
    states = {CALLS: AssetState(), TRANSCRIPTS: AssetState()}
    for moment, expected in (
        ("", None),
        ("2026-10-02T00:00:00Z", "2026-10-02T00:00:00Z"),
        ("2026-10-01T23:00:00Z", "2026-10-02T00:00:00Z"),
        ("", "2026-10-02T00:00:00Z"),
        ("2026-10-02T01:00:00Z", "2026-10-02T01:00:00Z"),
    ):
        advance_watermark({"asset_state_store": states}, list(states), moment)
        assert [state.get(WATERMARK) for state in states.values()] == [expected] * 2


@pytest.mark.parametrize(
    ("run_type", "before", "skips"),
    [
        ("scheduled", "scheduled", True),
        ("scheduled", "manual", False),
        ("scheduled", None, False),
        ("manual", "scheduled", False),
        ("backfill", "scheduled", False),
    ],
)
def test_a_scheduled_run_gives_way_to_the_one_before_it(
    run_type: str, before: str | None, skips: bool
) -> None:
    asked: list[str] = []

    def previous(state: str) -> Any:
        asked.append(state)
        return SimpleNamespace(run_type=before, run_id="r0") if before else None

    ti = SimpleNamespace(get_previous_dagrun=previous)
    context = {"dag_run": SimpleNamespace(run_type=run_type), "ti": ti}
    if skips:
        with pytest.raises(AirflowSkipException, match="r0 is still reading"):
            give_way(context)
    else:
        give_way(context)
    assert set(asked) <= {"running"}


def test_a_task_that_is_woken_without_an_event_fails_loudly() -> None:
    with pytest.raises(GongConfigurationError, match="without an event"):
        GongPlanOperator(task_id="plan_windows").wake({})
