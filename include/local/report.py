"""What landed in which table, beside what the emulated Gong holds."""

from __future__ import annotations

import json
from collections.abc import Mapping

TABLES = {
    "calls": "call",
    "monologues": "transcript",
    "sentences": "transcript_sentence",
    "parties": "call_participant",
    "partyContextFields": "call_participant_integration",
    "contextFields": "call_context_integration",
    "interactionStats": "call_interaction",
    "speakers": "call_speaker",
    "videos": "call_video",
    "topics": "call_topic",
    "structure": "call_structure",
    "trackerMentions": "call_tracker",
    "publicComments": "call_public_comment",
    "outlineSections": "call_outline",
    "outlineItems": "call_outline_item",
    "highlights": "call_highlight",
    "highlightItems": "call_highlight_item",
    "keyPoints": "call_key_point",
}
"""The emulator's count of a kind of record, and the table that has a row for each.

A count that is not here has the name of its table.
"""
OTHER_FLOWS = frozenset({"audit_log"})
"""Tables that `make run` does not fill."""


def read_rows(output: str) -> dict[str, int]:
    """The counts in the output of `python -m include.warehouse counts`; warnings may stand before them."""
    rows: dict[str, int] = json.loads(output[output.rindex("{") :])
    return rows


def differing(rows: Mapping[str, int], held: Mapping[str, int]) -> list[str]:
    """The tables whose number of rows is not what Gong holds."""
    return [table for table, count in _expected(rows, held).items() if rows.get(table, 0) != count]


def _expected(rows: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    """What each table should hold, as far as the emulator tells."""
    tables = {TABLES.get(key, key): count for key, count in held.items()}
    known = set(TABLES.values()) | set(rows)
    return {table: n for table, n in tables.items() if table in known and table not in OTHER_FLOWS}


def table(rows: Mapping[str, int], held: Mapping[str, int] | None) -> str:
    """The report; `held` are the emulator's counts, None for a real Gong, which does not tell."""
    expected = _expected(rows, held or {})
    names = sorted({*rows, *expected})
    width = max(map(len, names), default=0)
    lines = [f"{'table':{width}}  {'rows':>10}" + (f"  {'Gong holds':>10}" if held else "")]
    for name in names:
        line = f"{name:{width}}  {rows.get(name, 0):>10,}"
        if name in expected:
            line += f"  {expected[name]:>10,}" + (
                "" if rows.get(name, 0) == expected[name] else "  <- differs"
            )
        lines.append(line)
    if held and "transcripts" in held:
        lines.append(f"Gong holds transcripts of {held['transcripts']:,} calls.")
    return "\n".join(lines)
