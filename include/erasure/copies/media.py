"""Media of calls without those of a person's calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.media import LandedMedia

if TYPE_CHECKING:
    from include.erasure.person import Person


def survey(person: Person) -> dict[str, int]:
    """What `purge` would do: `files` removed, receipts and beginnings of downloads among them."""
    media = LandedMedia()
    return {"files": len(media.files_of(person.call_ids)) + len(media.parts_of(person.call_ids))}


def purge(person: Person) -> dict[str, int]:
    """Do it; the counts of `survey`. May be repeated after a kill at any point."""
    counts = survey(person)
    LandedMedia().forget(person.call_ids)
    return counts
