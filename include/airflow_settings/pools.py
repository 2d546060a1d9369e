"""The pools. A slot of `gong_api` is the licence to send Gong one request a second."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class PoolSetting:
    """A pool as it is created; from then on its slots belong to whoever runs Airflow."""

    name: str
    slots: int
    description: str


POOLS = (
    PoolSetting("gong_api", 3, "One slot per request per second that the company may send to Gong."),
    PoolSetting("gong_warehouse", 1, "Loads into the tables, one at a time."),
)


def create_missing(session: Session) -> list[str]:
    """Create the pools that do not exist; one line per pool saying what was done."""
    from airflow.models.pool import Pool

    said = []
    for wanted in POOLS:
        found = Pool.get_pool(wanted.name, session=session)
        if found is None:
            Pool.create_or_update_pool(
                wanted.name, wanted.slots, wanted.description, include_deferred=False, session=session
            )
            said.append(f"pool {wanted.name}: created with {wanted.slots} slots")
        else:
            said.append(f"pool {wanted.name}: kept, {found.slots} slots")
    return said
