"""Rendered bytes, kept up to a number of bytes, the least recently used given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable


class ByteCache:
    """Keeps at most ``limit`` bytes of values (keys and overhead not counted)."""

    def __init__(self, limit: int = 256 * 1024 * 1024) -> None:
        self._limit = limit
        self._held = 0
        self._values: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The bytes of ``key``, made now if they are not held."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
            return value
        value = make()
        self._values[key] = value
        self._held += len(value)
        while self._held > self._limit and len(self._values) > 1:
            _, dropped = self._values.popitem(last=False)
            self._held -= len(dropped)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._held = 0
