"""The operations that read users: list, extensive, one by id. Order is ascending by id (decoded cursors)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import orjson

from include.emulator.bodies import UsersBody
from include.emulator.clock import to_micros
from include.emulator.company import User
from include.emulator.cursors import LIFE_SECONDS, Cursor, CursorCodec
from include.emulator.errors import NO_USERS, ApiError
from include.emulator.exchange import Exchange
from include.emulator.operations import Operation
from include.emulator.paging import Page, render_all
from include.emulator.state import Emulator
from include.emulator.validation import check_range, parse_body, parse_flag

_SCOPE = "api:users:read"


async def list_users(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/users``: all users, Gong's own (avatars) only if asked for; an empty list is 200."""
    given = exchange.query
    avatars = parse_flag(given.get("includeAvatars"), "includeAvatars")
    users = [user for user in emulator.company.users if avatars or not user.avatar]
    return await _page(emulator, exchange, users, given.get("cursor"), f"avatars={avatars}")


async def list_extensive(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``POST /v2/users/extensive``: filtered by time of creation and id; an empty filtered list is 404."""
    wanted = parse_body(exchange, exchange.body or b"", UsersBody)
    given = wanted.filter
    prefix = "filter.created"
    since, before = check_range(
        given.created_from_date_time,
        given.created_to_date_time,
        f"{prefix}FromDateTime",
        f"{prefix}ToDateTime",
        "createdToDateTime",
    )
    if given.user_ids is not None and not given.user_ids:
        raise ApiError(400, ["filter.userIds: must not be empty"])
    ids = None if given.user_ids is None else frozenset(given.user_ids)

    def fits(user: User) -> bool:
        created = to_micros(user.created)
        return (
            (bool(given.include_avatars) or not user.avatar)
            and (ids is None or user.id in ids)
            and (since is None or created >= since)
            and (before is None or created < before)
        )

    users = [user for user in emulator.company.users if fits(user)]
    if not users and (ids is not None or since is not None or before is not None):
        raise ApiError(404, [NO_USERS])
    binding = f"{since}|{before}|{bool(given.include_avatars)}|{sorted(ids) if ids is not None else None}"
    return await _page(emulator, exchange, users, wanted.cursor, binding)


async def get_user(emulator: Emulator, exchange: Exchange) -> list[bytes]:
    """``GET /v2/users/{id}``, avatars too."""
    number = exchange.path_params["id"]
    user = next((user for user in emulator.company.users if user.id == number), None)
    if user is None:
        raise ApiError(404, [f"User ID {number} was not found"])
    return [b'"user":', _render(user)]


def _render(user: User) -> bytes:
    return orjson.dumps(user.document)


async def _page(
    emulator: Emulator, exchange: Exchange, users: list[User], cursor_text: str | None, binding: str
) -> list[bytes]:
    now = emulator.clock.seconds()
    codec = CursorCodec(emulator.cursor_secret, f"{exchange.template}|{binding}", emulator.options.page_size)
    rest: Iterable[User] = users
    if cursor_text:
        cursor = codec.decode(cursor_text, now, ("userId",))
        after = int(cursor.position["userId"])
        rest = (user for user in users if int(user.id) > after)
    else:
        cursor = Cursor({}, len(users), -1, int(now) + LIFE_SECONDS)
    found = list(islice(rest, codec.page_size + 1))
    page = found[: codec.page_size]
    here = cursor.next({"userId": int(page[-1].id)} if page else cursor.position)
    exchange.fresh_cursor = lambda: codec.encode(replace(here, position={"userId": 0}))
    rows = await render_all(emulator.rendering, page, _render)
    return Page("users", rows, here, len(found) > codec.page_size).render(codec)


OPERATIONS = [
    Operation("GET", "/v2/users", _SCOPE, list_users, "users"),
    Operation("POST", "/v2/users/extensive", _SCOPE, list_extensive, "users"),
    Operation("GET", "/v2/users/{id}", _SCOPE, get_user),
]
