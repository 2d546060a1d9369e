"""The landed records of a parent stream, from which the items of a stream are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gong_airflow.declaration import Stream
from gong_airflow.errors import GongConfigurationError
from gong_airflow.items import Item, Source, items_of
from gong_airflow.landing import Landing


def snapshot_of(stream: str, window: Mapping[str, Any]) -> dict[str, Any]:
    """The window of the snapshot of `stream` that the run of `window` takes."""
    return {"stream": stream, "from": None, "to": None, "planned_at": window["planned_at"], "name": stream}


def items_for(
    stream: Stream,
    window: Mapping[str, Any],
    landing: Landing,
    *,
    ids: Sequence[str] = (),
    only: Mapping[str, str] | None = None,
) -> list[Item]:
    """What `stream` is read for in `window`.

    :param ids: ids that a person gave
    :param only: keep the items whose `of` says the same
    :raises GongConfigurationError: a parent stream has not landed in this run
    """

    def records(parent: str) -> Iterator[dict[str, Any]]:
        snapshot = snapshot_of(parent, window)
        manifest = landing.read_manifest(snapshot)
        if manifest is None:
            raise GongConfigurationError(
                f"{stream.name} is read for the records of {parent}, which have not landed in this run",
                remedy=f"Let the task of {parent} run before this one",
            )
        for page in manifest["pages"]:
            yield from landing.read_page(snapshot, page=page["page"], stream=parent)

    wanted = (only or {}).items()
    items = items_of(stream.each, Source(window, records, ids))
    return [item for item in items if all(item.of.get(name, value) == value for name, value in wanted)]
