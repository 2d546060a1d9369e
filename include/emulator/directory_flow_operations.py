"""The operations that list Engage flows and their folders, as one user sees them, in pages by id."""

from __future__ import annotations

import re
from dataclasses import replace

import orjson

from include.emulator.company import User
from include.emulator.cursors import LIFE_SECONDS, Cursor, CursorCodec
from include.emulator.directory import visible_to
from include.emulator.directory_making import engage_users
from include.emulator.directory_operations import required
from include.emulator.errors import ApiError
from include.emulator.exchange import Exchange
from include.emulator.kinds import Record, Records, wire
from include.emulator.operations import Operation
from include.emulator.paging import Page, render_all
from include.emulator.products import require
from include.emulator.state import Emulator

NO_SEAT = "{}: must be the email address of an active Engage user"  # invented


def _viewer(emulator: Emulator, exchange: Exchange, name: str) -> User:
    """The Engage user whose e-mail address the parameter ``name`` holds."""
    require(emulator.products.engage)
    given = required(exchange, name).lower()
    for user in engage_users(emulator.company.users):
        if user.document["emailAddress"].lower() == given:
            return user
    raise ApiError(400, [NO_SEAT.format(name)])


async def list_flows(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/flows``: the company's, those shared with the user, and her own."""
    viewer = _viewer(emulator, exchange, "flowOwnerEmail")
    workspace, folder = (exchange.query.get(name) or None for name in ("workspaceId", "folderId"))
    rows = [
        row
        for row in visible_to(emulator.directory.flows, viewer.id)
        if workspace in (None, row["_workspaceId"]) and folder in (None, row["folderId"])
    ]
    return await _page(emulator, exchange, "flows", rows, f"{viewer.id}|{workspace}|{folder}")


async def list_folders(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/flows/folders``: ``parentId`` gives that folder and its children."""
    viewer = _viewer(emulator, exchange, "flowFolderOwnerEmail")
    workspace, parent = (exchange.query.get(name) or None for name in ("workspaceId", "parentId"))
    if parent is not None and not re.fullmatch(r"[0-9]{1,20}", parent):
        raise ApiError(400, ["parentId: must be an integer"])
    rows = [
        row
        for row in visible_to(emulator.directory.flow_folders, viewer.id)
        if workspace in (None, row["_workspaceId"]) and parent in (None, row["id"], row["parentFolderId"])
    ]
    return await _page(emulator, exchange, "flowsFolders", rows, f"{viewer.id}|{workspace}|{parent}")


def _render(row: Record) -> bytes:
    return orjson.dumps(wire(row))


async def _page(
    emulator: Emulator, exchange: Exchange, array: str, rows: Records, binding: str
) -> list[bytes]:
    """The page of ``rows`` (ascending by id) that the request asks for."""
    now = emulator.clock.seconds()
    codec = CursorCodec(emulator.cursor_secret, f"{exchange.template}|{binding}", emulator.options.page_size)
    given = exchange.query.get("cursor")
    if given:
        cursor = codec.decode(given, now, ("id",))
        rows = [row for row in rows if int(row["id"]) > int(cursor.position["id"])]
    else:
        cursor = Cursor({}, len(rows), -1, int(now) + LIFE_SECONDS)
    page = rows[: codec.page_size]
    here = cursor.next({"id": int(page[-1]["id"])} if page else cursor.position)
    exchange.fresh_cursor = lambda: codec.encode(replace(here, position={"id": 0}))
    rendered = await render_all(emulator.rendering, page, _render)
    return Page(array, rendered, here, len(rows) > codec.page_size).render(codec)


OPERATIONS = [
    Operation("GET", "/v2/flows", "api:flows:read", list_flows, "flows"),
    Operation("GET", "/v2/flows/folders", "api:flows:read", list_folders, "flowsFolders"),
]
