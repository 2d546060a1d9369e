"""Faults that change a good JSON answer: its arrays, types, fields, totals and cursors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from include.emulator.exchange import Exchange
from include.emulator.faults import Armed

Document = dict[str, Any]
_TIMES = frozenset({"started", "scheduled", "created", "posted"})
_ENUMS = frozenset({"direction", "scope", "affiliation", "objectType", "timing", "type", "system"})


def alter(document: Document, armed: Armed, exchange: Exchange) -> Document:
    """``document`` as the fault wants it."""
    return _ALTERATIONS[armed.rule.fault.kind](document, armed, exchange)


def encode(document: Document) -> bytes:
    """JSON by the standard library: the ids of ``swap_types`` may be larger than other encoders allow."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def alters(kind: str) -> bool:
    """Whether faults of this kind change a JSON answer."""
    return kind in _ALTERATIONS


def _main_array(document: Document, exchange: Exchange) -> str | None:
    if exchange.operation is not None and exchange.operation.array in document:
        return exchange.operation.array
    return next((name for name, value in document.items() if isinstance(value, list)), None)


def _each(value: Any, change: Callable[[Document], None]) -> None:
    """Call ``change`` with every object within ``value``, the inner ones first."""
    if isinstance(value, dict):
        for inner in list(value.values()):
            _each(inner, change)
        change(value)
    elif isinstance(value, list):
        for inner in value:
            _each(inner, change)


def _arrays(
    document: Document, armed: Armed, exchange: Exchange, change: Callable[[Document, str], None]
) -> Document:
    name = armed.rule.fault.array
    if name is None:
        main = _main_array(document, exchange)
        if main is not None:
            change(document, main)
        return document

    def touch(holder: Document) -> None:
        if name in holder:
            change(holder, name)

    _each(document, touch)
    return document


def _null_arrays(document: Document, armed: Armed, exchange: Exchange) -> Document:
    return _arrays(document, armed, exchange, lambda holder, name: holder.update({name: None}))


def _missing_arrays(document: Document, armed: Armed, exchange: Exchange) -> Document:
    return _arrays(document, armed, exchange, lambda holder, name: holder.pop(name, None))


def _unknown_fields(document: Document, _armed: Armed, _exchange: Exchange) -> Document:
    def touch(holder: Document) -> None:
        for name in _ENUMS & holder.keys():
            if isinstance(holder[name], str):
                holder[name] = f"Emulator{name.capitalize()}"
        holder["emulatorUnknown"] = {"list": [1, None, "two"], "flag": True}

    _each(document, touch)
    return document


def _swap_types(document: Document, _armed: Armed, _exchange: Exchange) -> Document:
    """Ids become numbers, durations strings, times like the ``1518863400.0`` of the OpenAPI document."""

    def touch(holder: Document) -> None:
        for name, value in holder.items():
            if isinstance(value, str) and (name == "id" or name.endswith("Id")) and value.isdigit():
                holder[name] = int(value)
            elif isinstance(value, str) and name in _TIMES:
                holder[name] = datetime.fromisoformat(value).timestamp()
            elif name == "duration" and isinstance(value, (int, float)):
                holder[name] = str(value)

    _each(document, touch)
    return document


def _duplicate_call(document: Document, armed: Armed, exchange: Exchange) -> Document:
    """The first row once more at the end, or the last row of the previous page at the beginning."""
    name = _main_array(document, exchange)
    rows = document.get(name or "")
    if not isinstance(rows, list) or not rows:
        return document
    before = armed.memory.get("last")
    armed.memory["last"] = copy.deepcopy(rows[-1])
    if armed.rule.fault.of == "previous":
        rows.insert(0, before if before is not None else copy.deepcopy(rows[0]))
    else:
        rows.append(copy.deepcopy(rows[0]))
    if isinstance(document.get("records"), dict):
        document["records"]["currentPageSize"] = len(rows)
    return document


def _total_mismatch(document: Document, armed: Armed, _exchange: Exchange) -> Document:
    if isinstance(document.get("records"), dict):
        document["records"]["totalRecords"] += armed.rule.fault.delta
    return document


def _cursor_repeat(document: Document, armed: Armed, exchange: Exchange) -> Document:
    """The request's own cursor again; on a first page the one that this fault saw last, or the true one."""
    records = document.get("records")
    if not isinstance(records, dict):
        return document
    repeated = exchange.request_cursor() or armed.memory.get("cursor") or records.get("cursor")
    if repeated:
        records["cursor"] = armed.memory["cursor"] = repeated
    return document


def _endless(document: Document, _armed: Armed, exchange: Exchange) -> Document:
    """There is always a next page: after the last one the pages begin again."""
    records = document.get("records")
    if isinstance(records, dict) and "cursor" not in records and exchange.fresh_cursor is not None:
        records["cursor"] = exchange.fresh_cursor()
    return document


_ALTERATIONS: dict[str, Callable[[Document, Armed, Exchange], Document]] = {
    "null_arrays": _null_arrays,
    "missing_arrays": _missing_arrays,
    "unknown_fields": _unknown_fields,
    "swap_types": _swap_types,
    "duplicate_call": _duplicate_call,
    "total_mismatch": _total_mismatch,
    "cursor_repeat": _cursor_repeat,
    "endless": _endless,
}
