"""Times in receipts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any


def receipt_of(content: bytes | None) -> Mapping[str, Any]:
    """A receipt; empty when there is none, or when a kill or another version has left it unreadable."""
    try:
        record = json.loads(content or b"{}")
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def moment_of(receipt: Mapping[str, Any], names: Sequence[str]) -> datetime | None:
    """The first of these members that is a time, as UTC; one without a zone counts as UTC."""
    for name in names:
        try:
            # Python 3.10 reads no `Z`, and of a fraction three digits or six.
            moment = datetime.fromisoformat(_plain(str(receipt.get(name))))
            return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            continue
    return None


def _plain(text: str) -> str:
    text = text.strip().replace("Z", "+00:00").replace("z", "+00:00")
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}{dot}{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}" if dot else text
