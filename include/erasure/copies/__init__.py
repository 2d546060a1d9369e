"""Our copies of what Gong told about someone, place by place: counted, purged, searched.

Every place counts by one piece of code what it would remove and removes it. Whatever is done may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.erasure.person import Person

Counts = dict[str, int]
Places = dict[str, Counts]


def find_calls(person: Person) -> None:
    """Note in `person` the calls that our copies know of, and Gong may not name."""
    from include.erasure.copies import landing, recordings
    from include.warehouse import Warehouse

    landing.find_calls(person)
    recordings.find_calls(person)
    person.call_ids |= Warehouse().calls_of(person)


def survey(person: Person) -> Places:
    """What `purge` would do, by place; notes further calls in `person`."""
    from include.erasure.copies import crm, landing, media, recordings
    from include.warehouse import Warehouse

    find_calls(person)
    files = {
        "landing": landing.survey(person),
        "media": media.survey(person),
        "recordings": recordings.survey(person),
        "crm": crm.survey(person),
    }
    return {**files, "tables": Warehouse().survey_person(person)}


def purge(person: Person, landed: Callable[[], None]) -> Places:
    """Remove the person from all our copies; what was removed, by place.

    :param landed: called when the files are purged and the tables are not yet. Whoever loads has to read the
        files once more then; and `person` has the calls that were found in our copies only.
    """
    from include.erasure.copies import crm, landing, media, recordings
    from include.warehouse import Warehouse

    find_calls(person)
    files = {
        "landing": landing.purge(person),
        "media": media.purge(person),
        "recordings": recordings.purge(person),
        "crm": crm.purge(person),
    }
    landed()
    return {**files, "tables": Warehouse().purge_person(person)}


def hold_back(person: Person) -> Places:
    """Remove what waits to be sent to Gong: recordings in the drop folder and batches of CRM records."""
    from include.erasure.copies import crm, recordings

    find_calls(person)
    return {"recordings": recordings.hold_back(person), "crm": crm.hold_back(person)}


def search(person: Person) -> Counts:
    """How many files still hold the person, by place; looked for without the code that purges."""
    from include.erasure.copies import searching

    return searching.search(person)
