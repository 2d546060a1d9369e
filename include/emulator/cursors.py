"""Cursors: HS256 JWTs with the payload that decoded real ones have, bound to operation and filter.

Real cursors of calls hold ``callId, total, pageNumber, pageSize, time, exp``; those of users have ``userId``
in place of ``callId`` and ``time``. ``exp`` is an hour after the first request of a sequence and is carried
along. The binding is in the signing key: a cursor of another question fails verification like a tampered one
(invented).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import jwt

from include.emulator.errors import CURSOR_EXPIRED, CURSOR_UNVERIFIED, ApiError

LIFE_SECONDS = 3600


@dataclass(frozen=True)
class Cursor:
    """Where a sequence of pages stands: ``position`` of the last row given, frozen total, page, expiry."""

    position: dict[str, Any]
    total: int
    page_number: int
    expires: int

    def next(self, position: dict[str, Any]) -> Cursor:
        """The cursor after one more page, which ended at ``position``."""
        return replace(self, position=position, page_number=self.page_number + 1)


class CursorCodec:
    """Signs and reads the cursors of one question (operation and filter)."""

    def __init__(self, secret: str, binding: str, page_size: int) -> None:
        self.page_size = page_size
        self._key = hashlib.sha256(f"{secret}|{binding}".encode()).digest()

    def encode(self, cursor: Cursor) -> str:
        """The cursor as the client sees it."""
        payload = cursor.position | {
            "total": cursor.total,
            "pageNumber": cursor.page_number,
            "pageSize": self.page_size,
            "exp": cursor.expires,
        }
        return jwt.encode(payload, self._key, algorithm="HS256", headers={"typ": None})

    def decode(self, text: str, now: float, keys: tuple[str, ...]) -> Cursor:
        """Read a cursor that must hold ``keys`` as its position; 400 if it is foreign, broken, too old."""
        try:
            payload = jwt.decode(text, self._key, algorithms=["HS256"], options={"verify_exp": False})
            position = {key: payload[key] for key in keys}
            cursor = Cursor(position, int(payload["total"]), int(payload["pageNumber"]), int(payload["exp"]))
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise ApiError(400, [CURSOR_UNVERIFIED]) from error
        if now >= cursor.expires:
            raise ApiError(400, [CURSOR_EXPIRED])
        return cursor
