"""A run killed at any moment and repeated gives the ledger, errors and watermark of one that was not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from crm_batches import INTEGRATION, contact, rows_of
from crm_killed import read_table, runs

from include.crm.ledger import Ledger

ATTEMPTS = 5


def story() -> list[list[dict[str, Any]]]:
    """What the source holds, run after run: bad and refused rows come, are corrected, and come again."""
    first = [contact(n) for n in range(30)]
    second = [*first[:20], contact(20, lastName="refused"), contact(21, lastName=""), *first[22:]]
    third = [contact(n, title="x") for n in range(10)] + [
        *first[10:20], contact(20), contact(21, lastName="refused"), contact(22, lastName=""), *first[23:],
    ]  # fmt: skip
    return [first, second, third]


def outcome(place: Path) -> Any:
    """All that is left of the runs."""
    ledger = Ledger(INTEGRATION, "CONTACT", f"file://{place}/crm")
    left = sorted(path.name for path in (place / "crm" / "outbox").rglob("*") if path.is_file())
    return rows_of(ledger), ledger.open_errors, read_table(place), left


def test_killed_at_random_moments(tmp_path: Path) -> None:
    moments = random.Random(7)
    statuses = []
    with runs() as process:
        for source in story():
            for place in ("whole", "killed"):
                (tmp_path / place).mkdir(exist_ok=True)
            status, duration = process.attempt(tmp_path / "whole", source, None)
            assert status == 0
            for _ in range(ATTEMPTS):
                after = moments.uniform(0.02, 1.0) * duration
                statuses.append(process.attempt(tmp_path / "killed", source, after)[0])
            # The first may adopt what an earlier selection began.
            for _ in range(2):
                assert process.attempt(tmp_path / "killed", source, None)[0] == 0
            assert outcome(tmp_path / "killed") == outcome(tmp_path / "whole")
    assert statuses.count(-9) > ATTEMPTS
    table = outcome(tmp_path / "whole")[2]
    assert sorted(bool(row.get("resolved_at")) for row in table.values()) == [False, False, False, True, True]
