"""``POST /v2/tasks``: the tasks of one Engage user, unpaged.

Recorded: a fixed 500 without Engage, which here is the company's product or the user's own seat. Invented:
400 for a user who is not there.
"""

from __future__ import annotations

import orjson

from include.emulator.directory_making import engage_users
from include.emulator.errors import SERVER_ERROR, ApiError
from include.emulator.exchange import Exchange
from include.emulator.kinds import Record, Records
from include.emulator.operations import Operation
from include.emulator.state import Emulator
from include.emulator.stats_bodies import TasksBody, TasksFilter
from include.emulator.validation import parse_body


async def list_tasks(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """The tasks that fit all parts of the filter, in the order of their ids; none is 200."""
    given = parse_body(exchange, exchange.body or b"", TasksBody).filter
    if not emulator.products.engage:
        raise ApiError(500, [SERVER_ERROR], note="the company has no Engage; see PUT /_emulator/products")
    if emulator.company.user(given.user_id) is None:
        raise ApiError(400, ["filter.userId: unknown user"])
    if given.user_id not in {user.id for user in engage_users(emulator.company.users)}:
        raise ApiError(500, [SERVER_ERROR], note="the user has no Engage seat (active, gongConnectEnabled)")
    rows = [_shown(row) for row in emulator.activity.tasks.rows if _fits(given, row)]
    rows.sort(key=lambda row: int(row["id"]))
    return [b'"tasks":' + orjson.dumps(rows) + b',"crmType":"SALESFORCE"']


def open_tasks(emulator: Emulator) -> Records:
    """All open tasks that can be read: of users who have Engage."""
    seats = {int(user.id) for user in engage_users(emulator.company.users) if emulator.products.engage}
    return [row for row in emulator.activity.tasks.rows if row["userId"] in seats and row["status"] == "OPEN"]


def _fits(given: TasksFilter, row: Record) -> bool:
    return (
        str(row["userId"]) == given.user_id
        and row["type"] in given.types
        and row["status"] in given.status
        and bool(set(row["actions"]) & set(given.task_action))
        and given.workspace_id in (None, row["_workspaceId"])
    )


def _shown(row: Record) -> Record:
    return {name: value for name, value in row.items() if not name.startswith("_")}


OPERATIONS = [Operation("POST", "/v2/tasks", "api:tasks:read", list_tasks, "tasks")]
