"""The operations that read what a company has set up: all at once, unpaged."""

from __future__ import annotations

import orjson

from include.emulator.directory import Directory
from include.emulator.errors import BAD_REQUEST, NO_FOLDERS, ApiError
from include.emulator.exchange import Exchange
from include.emulator.kinds import Record, Records, wire
from include.emulator.operations import Operation
from include.emulator.rendering import call_url
from include.emulator.state import Emulator

NULL = "{}: must not be null"


def members(name: str, rows: Records) -> list[bytes]:
    """One array as the members of an answer."""
    return [f'"{name}":'.encode(), orjson.dumps([wire(row) for row in rows])]


def required(exchange: Exchange, name: str) -> str:
    """A parameter of the query; 400 without it."""
    given = exchange.query.get(name)
    if not given:
        raise ApiError(400, [NULL.format(name)])
    return given


async def list_history(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/users/{id}/settings-history``: everything, of avatars too, who have none."""
    number = exchange.path_params["id"]
    if all(user.id != number for user in emulator.company.users):
        raise ApiError(404, [f"User ID {number} was not found"])
    rows = [row for row in emulator.directory.history if row["_userId"] == number]
    return members("userSettingsHistory", rows)


async def list_workspaces(emulator: Emulator, _exchange: Exchange) -> list[bytes]:
    """``GET /v2/workspaces``."""
    return members("workspaces", emulator.directory.workspaces)


async def list_scorecards(emulator: Emulator, _exchange: Exchange) -> list[bytes]:
    """``GET /v2/settings/scorecards``: no filter, so an empty list is 200."""
    return members("scorecards", emulator.directory.scorecards)


async def list_trackers(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/settings/trackers``: 404 for a workspace that is not there."""
    given = exchange.query.get("workspaceId") or None
    if given is not None and given not in emulator.directory.workspace_ids():
        raise ApiError(404, [f"Workspace ID {given} was not found"])
    rows = [row for row in emulator.directory.trackers if given in (None, row["workspaceId"])]
    return members("keywordTrackers", rows)


async def list_folders(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/library/folders``: filtered and empty is 404, like other lists."""
    given = exchange.query.get("workspaceId") or None
    rows = emulator.directory.folders_of(given)
    if given is not None and not rows:
        raise ApiError(404, [NO_FOLDERS])
    return members("folders", rows)


def shown_content(emulator: Emulator, folder_id: str) -> Records:
    """The entries of a folder whose calls everybody may see now."""
    calls, now = emulator.dataset.calls, emulator.clock.micros()
    shown = []
    for row in emulator.directory.content:
        call = calls.get(row["id"])
        if row["_folderId"] != folder_id or call is None or call.is_private or not call.is_visible(now):
            continue
        shown.append(row | {"title": call.title, "url": call_url(call.id)})
    return shown


async def list_content(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/library/folder-content``: a folder without calls has an empty list."""
    number = required(exchange, "folderId")
    folder = next((row for row in emulator.directory.folders_of() if row["id"] == number), None)
    if folder is None:
        raise ApiError(404, [f"Folder ID {number} was not found"])
    about = {name: folder[name] for name in ("id", "name", "createdBy", "updated")}
    return [orjson.dumps(about)[1:-1] + b",", *members("calls", shown_content(emulator, number))]


async def list_outcomes(emulator: Emulator, _exchange: Exchange) -> list[bytes]:
    """``GET /v2/call-outcomes``."""
    return members("outcomes", emulator.directory.outcomes)


async def list_profiles(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/all-permission-profiles``: in the alphabetical order of their names."""
    workspace = required(exchange, "workspaceId")
    if workspace not in emulator.directory.workspace_ids():
        raise ApiError(400, [BAD_REQUEST], note="no such workspace")
    return members("profiles", emulator.directory.profiles_of(workspace))


def _profile(directory: Directory, exchange: Exchange) -> Record:
    found = directory.profile(required(exchange, "profileId"))
    if found is None:
        raise ApiError(400, [BAD_REQUEST], note="no such permission profile")
    return found


async def get_profile(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/permission-profile``."""
    return [b'"profile":', orjson.dumps(wire(_profile(emulator.directory, exchange)))]


async def list_profile_users(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/permission-profile/users``: a bad id is 400 ``Bad request`` (recorded)."""
    profile = _profile(emulator.directory, exchange)
    return members("users", emulator.directory.users_of(profile["id"], emulator.company))


_PROFILES = "api:permission-profile:read"  # in no document; a client names it
OPERATIONS = [
    Operation(
        "GET", "/v2/users/{id}/settings-history", "api:users:read", list_history, "userSettingsHistory"
    ),
    Operation("GET", "/v2/workspaces", "api:workspaces:read", list_workspaces, "workspaces"),
    Operation(
        "GET", "/v2/settings/scorecards", "api:settings:scorecards:read", list_scorecards, "scorecards"
    ),
    Operation("GET", "/v2/settings/trackers", "api:settings:trackers:read", list_trackers, "keywordTrackers"),
    Operation("GET", "/v2/library/folders", "api:library:read", list_folders, "folders"),
    Operation("GET", "/v2/library/folder-content", "api:library:read", list_content, "calls"),
    Operation("GET", "/v2/call-outcomes", "api:call-outcomes:read", list_outcomes, "outcomes"),
    Operation("GET", "/v2/all-permission-profiles", _PROFILES, list_profiles, "profiles"),
    Operation("GET", "/v2/permission-profile", _PROFILES, get_profile),
    Operation("GET", "/v2/permission-profile/users", "api:users:read", list_profile_users, "users"),
]
