"""Faults that the control plane arms: which request each waits for, and how often it fires."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from include.emulator.exchange import Exchange

Kind = Literal[
    "status",
    "html",
    "reset",
    "reset_body",
    "reset_request",
    "lost_answer",
    "truncate",
    "content_type",
    "gzip",
    "delay",
    "slow_body",
    "null_arrays",
    "missing_arrays",
    "unknown_fields",
    "swap_types",
    "duplicate_call",
    "total_mismatch",
    "cursor_repeat",
    "endless",
    "expire_cursor",
    "tamper_cursor",
]
# These speak of the cursor in the request: a request without one passes, whatever else matches.
NEED_CURSOR = frozenset({"expire_cursor", "tamper_cursor"})


class Match(BaseModel):
    """Which requests: ``path`` is a template of an operation or, if there is none such, a prefix.

    ``skip`` matching requests pass first; then the fault fires ``times`` times (None: for ever).
    """

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int | None = Field(default=1, ge=1)


class Fault(BaseModel):
    """What goes wrong. Which of the fields count depends on ``kind``; README.md lists them."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    status: int | None = Field(default=None, ge=200, le=599)
    errors: list[str] | None = None
    headers: dict[str, str] = {}
    body: str | None = None
    content_type: str | None = None
    seconds: float = Field(default=1.0, ge=0)
    after_bytes: int = Field(default=0, ge=0)
    array: str | None = None
    delta: int = 1
    of: Literal["page", "previous"] = "page"


class Rule(BaseModel):
    """A fault and the requests it waits for."""

    model_config = ConfigDict(extra="forbid")

    match: Match = Match()
    fault: Fault


class Armed:
    """A rule at work. ``memory`` holds what a fault remembers between requests."""

    def __init__(self, number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self.memory: dict[str, Any] = {}

    def takes(self, exchange: Exchange, templates: frozenset[str]) -> bool:
        """Whether the rule speaks of this request."""
        match = self.rule.match
        if match.method is not None and match.method.upper() != exchange.method:
            return False
        if match.path is None:
            return True
        if match.path in templates:
            return exchange.template == match.path
        return exchange.path.startswith(match.path)

    def due(self, exchange: Exchange) -> bool:
        """Whether it fires now, for a request that it takes and that has been counted in ``seen``."""
        match = self.rule.match
        if self.seen <= match.skip or (match.times is not None and self.fired >= match.times):
            return False
        return self.rule.fault.kind not in NEED_CURSOR or exchange.request_cursor() is not None

    def document(self) -> dict[str, Any]:
        """The rule and how often it matched and fired."""
        return self.rule.model_dump(exclude_unset=True) | {
            "id": self.number,
            "matched": self.seen,
            "fired": self.fired,
        }


class Faults:
    """All armed rules, in the order in which they were added; the first that is due fires, alone."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []
        self._number = 0

    def add(self, rule: Rule) -> Armed:
        """Arm a rule."""
        self._number += 1
        armed = Armed(self._number, rule)
        self._armed.append(armed)
        return armed

    def all(self) -> list[Armed]:
        """Every rule, spent ones too."""
        return list(self._armed)

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def take(self, exchange: Exchange, templates: frozenset[str]) -> Armed | None:
        """The rule that fires for this request, if any; every rule that matches counts it."""
        chosen = None
        for armed in self._armed:
            if not armed.takes(exchange, templates):
                continue
            armed.seen += 1
            if chosen is None and armed.due(exchange):
                chosen = armed
        if chosen is not None:
            chosen.fired += 1
        return chosen
