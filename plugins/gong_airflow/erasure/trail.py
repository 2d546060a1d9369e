"""Follows a person through what Gong links: from an address to a lead, from its number to another address."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from gong_airflow.erasure.identity import Identity, identity
from gong_airflow.erasure.others import Staff
from gong_airflow.erasure.references import Call, References, look_up
from gong_airflow.errors import GongInputError

log = logging.getLogger(__name__)

MOST_IDENTITIES = 20
"""One person has fewer addresses and numbers; a switchboard's number leads to a whole company."""


class Trail:
    """What Gong holds of a person, as far as the look-ups lead; one request for each address and number.

    :param call: sends a request, `GongHook.call`
    :param staff: Gong's own users, to whom it does not lead
    :param linked: also look up what Gong links to what was given, and so on
    """

    def __init__(self, call: Call, staff: Staff, *, linked: bool) -> None:
        self._call = call
        self._staff = staff
        self._linked = linked
        self._staff_met: set[Identity] = set()
        self.people: list[Identity] = []
        self.found = References()

    @property
    def employees_left_out(self) -> int:
        """How many linked addresses and numbers are those of Gong's own users."""
        return len(self._staff_met)

    def follow(self, given: Iterable[Identity]) -> None:
        """Look up what was given, and breadth first what that leads to, each once.

        :raises GongInputError: it leads to too many; or Gong does not take what was given
        """
        given = list(dict.fromkeys(given))
        queue = list(given)
        for person in queue:
            if len(queue) > MOST_IDENTITIES:
                raise _too_many()
            try:
                references = look_up(self._call, person)
            except GongInputError as error:
                if person in given:
                    raise
                log.warning("Left out one that Gong links and does not take itself: %s", error)
                continue
            self.people.append(person)
            self.found |= references
            if self._linked:
                queue += [one for one in self._led_to(references) if one not in queue]

    def _led_to(self, references: References) -> Iterator[Identity]:
        """The people's addresses and numbers in an answer, each once; what is none is passed over."""
        texts = [("email", text) for text in references.addresses]
        texts += [("phone", text) for text in references.numbers]
        met: set[Identity] = set()
        for kind, text in sorted(texts):
            try:
                one = identity(kind, text)
            except GongInputError:
                continue
            if one in self._staff:
                self._staff_met.add(one)
            elif one not in met:
                met.add(one)
                yield one


def _too_many() -> GongInputError:
    return GongInputError(
        f"What was given leads to more than {MOST_IDENTITIES} addresses and numbers, so several"
        " people seem to share one",
        remedy="Nothing was erased. Start gong_erasure with `linked` off, once for each address and number of"
        " the person",
    )
