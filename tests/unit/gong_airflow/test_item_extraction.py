"""Laws 2, 3, 5 and 9 for streams that are read for many items, from the emulator over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest

from gong_airflow.answers import Answer
from gong_airflow.errors import (
    GongConfigurationError,
    GongCredentialsError,
    GongError,
    GongInputError,
    GongUnavailableError,
)
from gong_airflow.extraction import FIRST_REFUSALS, PAGES_IN_STATE, WindowReader
from gong_airflow.hooks.gong import GongHook
from gong_airflow.items import Item
from gong_airflow.streams import DIRECTORY, STREAMS, is_engage_user
from include.landing import LandingZone
from tests.support.emulator import Emulator, running_emulator
from tests.unit.gong_airflow.conftest import MemoryStore
from tests.unit.gong_airflow.stream_reading import MOMENT, StreamReading, timeless

HISTORY, FOLDERS, LOGS, TASKS = (
    "/v2/users/{id}/settings-history",
    "/v2/library/folders",
    "/v2/logs",
    "/v2/tasks",
)
Make = Callable[..., GongHook]


@pytest.fixture
def run(emulator: Emulator, make_hook: Make, tmp_path: Path) -> StreamReading:
    return StreamReading(emulator, make_hook(), tmp_path)


@pytest.fixture(scope="module")
def large_company() -> Iterator[Emulator]:
    with running_emulator(
        "--per-second", "0", "--per-day", "0", "--calls", "30", "--users", "215"
    ) as running:
        yield running


@pytest.fixture
def large(large_company: Emulator, make_hook: Make, tmp_path: Path) -> StreamReading:
    return StreamReading(large_company, make_hook(host=large_company.url), tmp_path)


def test_a_full_directory_takes_no_request_that_the_api_does_not_force(large: StreamReading) -> None:
    large.emulator.reset()
    manifests = large.read_all(DIRECTORY)
    engaged = sum(map(is_engage_user, large.landed("users")))
    profiles = len(large.landed("permission_profiles"))
    assert (len(large.landed("users")), len(large.landed("workspaces"))) == (215, 3)
    assert len(large.landed("library_folders")) == 12
    assert (engaged, profiles) == (96, 9)
    assert large.sent() == {
        "GET /v2/users": 3,  # 100 a page
        "GET /v2/users/{id}/settings-history": 215,  # tells of one user only
        "GET /v2/workspaces": 1,
        "GET /v2/settings/scorecards": 1,
        "GET /v2/settings/trackers": 1,  # of all workspaces
        "GET /v2/library/folders": 3,  # of a workspace
        "GET /v2/library/folder-content": 12,
        "GET /v2/call-outcomes": 1,
        "GET /v2/all-permission-profiles": 3,  # wants a workspace
        "GET /v2/permission-profile/users": profiles,
        "GET /v2/flows": engaged,  # wants an owner, and shows what that user sees
        "GET /v2/flows/folders": engaged,
        "GET /v2/crm/integrations": 1,
    }
    assert sum(large.sent().values()) == 442
    assert all(manifest["refused"] == [] for manifest in manifests.values() if "refused" in manifest)
    # More than a hundred pages: their manifest was put aside in parts, and is whole in the end.
    history = manifests["user_settings_history"]
    assert len(history["pages"]) == len(history["items"]) == len(history["request_ids"]) == 215
    assert [page["page"] for page in history["pages"]] == list(range(215))
    assert [page["of"] for page in history["pages"]] == history["items"]
    assert (
        max(len(state["pages"]) for state in large.stores["user_settings_history"].states) <= PAGES_IN_STATE
    )
    assert large.longest_state() < 50_000
    kept = json.dumps([store.states for store in large.stores.values()]) + json.dumps(
        list(manifests.values())
    )
    assert "@" not in kept
    assert not [
        user for user in large.landed("users") if user["lastName"] in kept and len(user["lastName"]) > 4
    ]


class Killed(BaseException):
    """Stands for kill -9: nothing that handles errors sees it."""


@pytest.mark.parametrize("where", ["request", "page", "part", "state"])
def test_a_crash_anywhere_repeats_at_most_one_request(
    run: StreamReading, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Killed again and again, and read on by a new reader each time."""
    monkeypatch.setattr("gong_airflow.extraction.PAGES_IN_STATE", 3)
    run.read_all(["users"])
    whole = timeless(run.read("user_settings_history"))
    records, asked = run.landed("user_settings_history"), run.sent()
    assert len(whole["items"]) == len(whole["pages"]) == len(run.landed("users"))
    store = run.stores["user_settings_history"] = MemoryStore()
    target, name = {
        "request": (run.hook, "call"),
        "page": (run.landing, "put_page"),
        "part": (run.landing, "put_part"),
        "state": (store, "save"),
    }[where]
    original, seen = getattr(target, name), []
    often = 2 if where == "part" else 3

    def killing(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        seen.append(name)
        if len(seen) % often == 0:
            raise Killed
        return result

    monkeypatch.setattr(target, name, killing)
    manifest, kills = None, 0
    while manifest is None and kills < 50:
        try:
            manifest = run.read("user_settings_history")
        except Killed:
            kills += 1
    assert manifest is not None
    assert kills >= 2
    # A request whose page or state was lost is sent again, and its id is that of the answer that counts.
    assert timeless(manifest) == whole
    assert run.landed("user_settings_history") == records
    operation = f"GET {HISTORY}"
    assert run.sent()[operation] - asked[operation] <= asked[operation] + kills


AUDIT = "logs_user_activity"


def logs(run: StreamReading) -> dict[str, Any]:
    """The last days of what people did, one of which has more than a page."""
    last = pendulum.parse(max(call["started"] for call in run.emulator.calls())).in_timezone("UTC")
    days = {"from": last.subtract(days=8), "to": last.add(days=1)}
    run.window(AUDIT, **{name: day.format("YYYY-MM-DD[T00:00:00Z]") for name, day in days.items()})
    return run.read(AUDIT)


def test_a_dead_cursor_reads_its_item_again_and_no_other(run: StreamReading) -> None:
    before = logs(run)
    pages, records = len(before["pages"]), run.landed(AUDIT)
    assert pages > len(before["items"]) == 9
    run.stores.clear()
    asked = run.sent()[f"GET {LOGS}"]
    run.emulator.fault("expire_cursor", path=LOGS)
    after = logs(run)
    # The refused request, and the first page of that day once more.
    assert run.sent()[f"GET {LOGS}"] - asked == pages + 2
    assert timeless(after) == {**timeless(before), "request_ids": pages + 1}
    assert run.landed(AUDIT) == records


def test_cursors_that_always_die_end_in_an_error(run: StreamReading) -> None:
    run.emulator.fault("tamper_cursor", path=LOGS, times=None)
    with pytest.raises(GongError, match="no longer accepts the cursor"):
        logs(run)


def test_audit_rows_land_redacted(run: StreamReading) -> None:
    logs(run)
    window = run.window(AUDIT)
    raw = run.hook.call(
        "GET /v2/logs", params={"logType": "UserActivityLog", "fromDateTime": window["from"]}
    ).body
    assert "@" in json.dumps(raw)
    assert "eyJ" in json.dumps(raw)
    landed = run.landed(AUDIT)
    text = json.dumps(landed)
    assert [hidden for hidden in ("@", "eyJ", "192.0.2.", "203.0.113.", "2001:db8") if hidden in text] == []
    assert [one["userId"] for one in landed[:20]] == [one["userId"] for one in raw["logEntries"][:20]]


def test_a_parent_that_is_gone_is_noted_and_the_rest_goes_on(run: StreamReading) -> None:
    run.read_all(["users"])
    gone, *others = [user["id"] for user in run.landed("users")]
    run.emulator.delete_record("users", gone)
    manifest = run.read("user_settings_history")
    assert manifest["refused"] == [{"of": {"user_id": gone}, "status": 404}]
    assert manifest["items"] == [{"user_id": one} for one in others]
    assert {page["of"]["user_id"] for page in manifest["pages"]} == set(others)


def test_all_parents_that_are_gone_are_no_refusal_of_the_stream(run: StreamReading) -> None:
    run.read_all(["users"])
    run.emulator.fault("status", path=HISTORY, status=404, errors=["User was not found"], times=None)
    manifest = run.read("user_settings_history")
    assert manifest["items"] == []
    assert len(manifest["refused"]) == len(run.landed("users"))


def test_nothing_found_is_an_empty_page_where_nothing_is_named_that_could_be_missing(
    run: StreamReading,
) -> None:
    run.read_all(["workspaces"])
    run.emulator.fault("status", path=FOLDERS, status=404, errors=["No folders"], times=None)
    manifest = run.read("library_folders")
    assert (manifest["records"], manifest["refused"]) == ({"library_folders": 0}, [])
    assert len(manifest["items"]) == 3


def test_a_stream_is_refused_when_its_first_items_are(run: StreamReading) -> None:
    run.read_all(["users"])
    run.emulator.fault("status", path=HISTORY, status=403, errors=["Forbidden"], times=None)
    with pytest.raises(GongCredentialsError):
        run.read("user_settings_history")
    assert run.sent()[f"GET {HISTORY}"] == FIRST_REFUSALS
    # The next try asks once more, and no more.
    with pytest.raises(GongCredentialsError):
        run.read("user_settings_history")
    assert run.sent()[f"GET {HISTORY}"] == FIRST_REFUSALS + 1


@pytest.mark.parametrize(("status", "skip"), [(403, 0), (403, 4), (400, 4)])
def test_single_items_that_are_refused_are_noted(run: StreamReading, status: int, skip: int) -> None:
    run.read_all(["users"])
    ids = [user["id"] for user in run.landed("users")]
    run.emulator.fault("status", path=HISTORY, status=status, errors=["Bad request"], skip=skip, times=2)
    manifest = run.read("user_settings_history")
    refused = ids[skip : skip + 2]
    assert manifest["refused"] == [{"of": {"user_id": one}, "status": status} for one in refused]
    assert manifest["items"] == [{"user_id": one} for one in ids if one not in refused]


def test_a_scope_that_is_missing_is_never_an_item_s_fault(run: StreamReading) -> None:
    run.read_all(["users"])
    sentence = "You don't have permission to use 'api:users:read' in your app."
    run.emulator.fault("status", path=HISTORY, status=401, errors=[sentence], skip=4, times=1)
    with pytest.raises(GongCredentialsError, match="api:users:read"):
        run.read("user_settings_history")
    assert run.read("user_settings_history")["refused"] == []
    assert len(run.landed("user_settings_history")) == run.emulator.counts()["user_setting_history"]


@pytest.mark.parametrize(("status", "skip"), [(500, 0), (500, 4), (502, 4)])
def test_other_errors_fail_and_lose_nothing(run: StreamReading, status: int, skip: int) -> None:
    run.read_all(["users"])
    kind = {"kind": "html"} if status == 502 else {"kind": "status", "errors": ["Something went wrong"]}
    run.emulator.fault(path=HISTORY, status=status, skip=skip, times=5, **kind)  # type: ignore[arg-type]
    with pytest.raises(GongUnavailableError):
        run.read("user_settings_history")
    run.emulator.control("DELETE", "faults")
    run.read("user_settings_history")
    assert len(run.landed("user_settings_history")) == run.emulator.counts()["user_setting_history"]


def test_a_user_of_whom_gong_always_answers_500_is_left_out_of_a_product_s_stream(run: StreamReading) -> None:
    run.read_all(["users"])
    run.emulator.fault(
        "status", path=TASKS, status=500, errors=["Internal server error occurred"], skip=2, times=4
    )
    manifest = run.read("tasks")
    assert [one["status"] for one in manifest["refused"]] in ([], [500])
    assert len(manifest["items"]) + len(manifest["refused"]) == sum(map(is_engage_user, run.landed("users")))


def test_members_beside_the_array_are_kept_for_each_page(run: StreamReading) -> None:
    days = {"from_date": "2026-11-03", "to_date": "2026-11-06"}
    run.window("activity_aggregate", **days)
    manifest = run.read("activity_aggregate")
    assert [page["answer"] for page in manifest["pages"]] == [{"timeZone": "US/Pacific"}] * 3
    assert [item["from_date"] for item in manifest["items"]] == ["2026-11-03", "2026-11-04", "2026-11-05"]
    assert not any("answer" in page for page in run.read("users")["pages"])


@pytest.fixture
def integration(run: StreamReading) -> str:
    answer = run.hook.call("PUT /v2/crm/integrations", json={"ownerEmail": "o@x.example", "name": "Ours"})
    run.read_all(["crm_integrations"])
    return str(answer.body["integrationId"])


def test_maps_land_as_key_and_value(run: StreamReading, integration: str) -> None:
    manifest = run.read("crm_schema_fields")
    kinds = ["ACCOUNT", "CONTACT", "DEAL", "LEAD"]
    assert manifest["items"] == [{"integration_id": integration, "object_type": kind} for kind in kinds]
    assert {record["key"] for record in run.landed("crm_schema_fields")} <= set(kinds)


def test_objects_are_looked_up_a_hundred_at_a_time(run: StreamReading, integration: str) -> None:
    ids = [f"person{number}@x.example" for number in range(250)]
    manifest = run.read("crm_objects", ids=ids, only={"object_type": "CONTACT"})
    asked = [one["body"] for one in run.emulator.requests() if one["operation"] == "/v2/crm/entities"]
    assert asked == [ids[:100], ids[100:200], ids[200:]]
    assert run.landed("crm_objects") == [{"key": one, "value": None} for one in ids]
    assert [item["batch"] for item in manifest["items"]] == ["0", "1", "2"]
    assert "@" not in json.dumps(manifest)
    assert "@" not in json.dumps(run.stores["crm_objects"].states)


def test_a_stream_whose_parent_has_not_landed_says_so(run: StreamReading) -> None:
    with pytest.raises(GongConfigurationError, match="users, which have not landed in this run"):
        run.read("user_settings_history")


def test_no_parents_are_no_requests(run: StreamReading) -> None:
    run.read_all(["crm_integrations", "crm_schema_fields"])
    assert run.sent() == {"GET /v2/crm/integrations": 1}
    assert run.landing.read_manifest(run.window("crm_schema_fields"))["items"] == []  # type: ignore[index]


@pytest.mark.parametrize(("number", "refused"), [(5000, False), (1200, True)])
def test_the_state_stays_small_for_thousands_of_items(tmp_path: Path, number: int, refused: bool) -> None:
    """Without a socket: this is about what is kept after each request, not about what is sent."""

    class Nothing(LandingZone):
        def put_page(self, *args: Any, **kwargs: Any) -> str:
            return "page-00000.user_settings_history.ndjson.gz"

    class Sizes(MemoryStore):
        longest = 0

        def save(self, state: Any) -> None:
            self.longest = max(self.longest, len(json.dumps(state)))

    def call(operation: str, **request: Any) -> Answer:
        if refused and int(request["path"]["id"]) % 10:
            raise GongInputError("Gong refused the request", status=404, operation=operation)
        return Answer(operation, 200, "4al018gzaztcr8nbukw", {"userSettingsHistory": [{"a": 1}]})

    stream, store = STREAMS["user_settings_history"], Sizes()
    window = {"stream": stream.name, "from": None, "to": None, "planned_at": MOMENT, "name": "all"}
    ids = [str(7782342274025930000 + one) for one in range(number)]
    items = [Item(of={"user_id": one}, path={"id": one}) for one in ids]
    manifest = WindowReader(stream, window, call, Nothing(tmp_path.as_uri()), store, items).read()
    assert len(manifest["items"]) + len(manifest["refused"]) == number
    assert len(manifest["pages"]) == len(manifest["items"])
    assert store.longest < 50_000
