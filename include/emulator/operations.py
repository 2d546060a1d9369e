"""The operations of the API: method, path template, scope, handler. To add one, add it to a module's list."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.emulator.exchange import Exchange
    from include.emulator.state import Emulator

Handler = Callable[["Emulator", "Exchange"], Awaitable[list[bytes]]]


@dataclass(frozen=True)
class Operation:
    """One operation.

    ``handler`` returns the JSON members that follow ``requestId``, in pieces, without braces.
    ``array`` names the array that the answer is about, for faults. ``success`` is the status of its answer.
    ``streams``: the handler reads the body by itself, as it comes.
    """

    method: str
    template: str
    scope: str
    handler: Handler
    array: str | None = None
    success: int = 200
    streams: bool = False


class Routes:
    """Finds the operation of a request. Fixed paths win over templates, so a wrong method on one is 405."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        ordered = sorted(operations, key=lambda operation: "{" in operation.template)
        self.operations = ordered
        self.templates = frozenset(operation.template for operation in ordered)
        self._patterns = [(_pattern(operation.template), operation) for operation in ordered]

    def find(self, method: str, path: str) -> tuple[Operation | None, str | None, dict[str, str]]:
        """The operation, the template that the path fits though the method may not, path parameters."""
        fitting: str | None = None
        for pattern, operation in self._patterns:
            if fitting is not None and operation.template != fitting:
                continue
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if operation.method == method:
                return operation, operation.template, match.groupdict()
            fitting = operation.template
        return None, fitting, {}


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
