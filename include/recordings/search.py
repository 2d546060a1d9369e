"""One look into the drop folder: what is complete is claimed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gong_airflow.recordings import Found
from include.recordings.listing import Candidate, candidates, matches
from include.recordings.moves import reference
from include.recordings.notes import DONE, Claim, Notes, utc_now
from include.storage import Storage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sorted:
    """Claims by what they mean to this run. What nobody holds any more is in neither.

    :param mine: claimed by this run in an earlier try
    :param free: claimed by runs that are over
    :param others: of runs that are at work
    """

    mine: list[Claim]
    free: list[Claim]
    others: list[Claim]

    @property
    def paths(self) -> set[str]:
        """Files that are not to be claimed anew: another run's, and those on their way to elsewhere."""
        moving = [claim for claim in (*self.mine, *self.free) if claim.move]
        return {entry.path for claim in (*self.others, *moving) for entry in claim.entries}


class Search:
    """One look.

    :param now: wall clock of this machine, seconds since 1970; never compared with the storage's clock
    """

    def __init__(
        self,
        storage: Storage,
        notes: Notes,
        *,
        run_id: str,
        match: str,
        is_over: Callable[[str], bool],
        settle_seconds: float,
        marker: str,
        now: float,
    ) -> None:
        self._storage = storage
        self._notes = notes
        self._run_id = run_id
        self._match = match
        self._is_over = is_over
        self._settle_seconds = settle_seconds
        self._marker = marker
        self._now = now

    def find(self, limit: int) -> Found:
        """Look, and claim up to `limit` recordings."""
        self._storage.make_folder(self._storage.incoming)
        listed = candidates(
            self._storage.entries(self._storage.incoming), self._storage.incoming, self._marker
        )
        claims = self._sort_claims({candidate.id for candidate in listed})
        blocked, known = claims.paths, {claim.id for claim in (*claims.mine, *claims.free)}
        fresh = [
            candidate
            for candidate in listed
            if candidate.id not in known and blocked.isdisjoint(entry.path for entry in candidate.entries)
        ]
        complete = self._complete(fresh)
        wanted = [candidate for candidate in fresh if self._matches(candidate)]
        queue = [candidate for candidate in wanted if candidate.id in complete]
        taken, filed, lost, left = self._take([*claims.free, *queue], limit - len(claims.mine))
        if filed:
            log.info(
                "%d recordings were filed before and lie in the drop folder again, unchanged: they are left"
                " there. Remove them; to send one again, change the time of its files (touch).",
                filed,
            )
        recordings = sorted((*claims.mine, *taken), key=lambda claim: (claim.time, claim.name))
        return Found(
            [reference(claim) for claim in recordings],
            unsettled=len(wanted) - len(queue),
            held=sum(self._matches(claim) for claim in claims.others) + lost,
            left=left,
            repeated=filed,
        )

    def _matches(self, item: Claim | Candidate) -> bool:
        start = len(self._storage.incoming) + 1
        return matches(self._match, item.name, [entry.path[start:] for entry in item.entries])

    def _sort_claims(self, listed: set[str]) -> Sorted:
        """All claims; those are removed whose files are gone or have changed before anything moved."""
        over: dict[str, bool] = {}
        claims = Sorted([], [], [])
        for claim in self._notes.claims():
            mine = claim.run_id == self._run_id
            if not mine and claim.run_id not in over:
                over[claim.run_id] = self._is_over(claim.run_id)
            if not mine and not over[claim.run_id]:
                claims.others.append(claim)
            elif not claim.move and claim.id not in listed:
                log.info("The files of recording %s are gone or have changed: it is dropped.", claim.id)
                self._notes.remove_claim(claim.id)
            elif mine:
                claims.mine.append(claim)
            elif self._matches(claim):
                claims.free.append(claim)
        return claims

    def _complete(self, fresh: Sequence[Candidate]) -> set[str]:
        """The ids of those that nobody is still writing."""
        if self._marker:
            return {candidate.id for candidate in fresh if candidate.markers}
        if self._settle_seconds <= 0:
            return {candidate.id for candidate in fresh}
        before = self._notes.looks()
        # A look of the future was made by a clock that has been set back since.
        seen = {
            candidate.state: min(before.get(candidate.state, self._now), self._now) for candidate in fresh
        }
        if seen != before:
            self._notes.put_looks(seen)
        return {
            candidate.id for candidate in fresh if self._now - seen[candidate.state] >= self._settle_seconds
        }

    def _take(self, queue: list[Claim | Candidate], limit: int) -> tuple[list[Claim], int, int, int]:
        """Claim the oldest; return them, and how many were filed before, lost to others and left over."""
        queue = sorted(queue, key=lambda item: (item.time, item.name))
        taken: list[Claim] = []
        filed = lost = 0
        while queue and len(taken) < limit:
            size = limit - len(taken)
            answers = self._storage.each(self._claim, queue[:size])
            queue = queue[size:]
            taken += [answer for answer in answers if isinstance(answer, Claim)]
            filed += answers.count(DONE)
            lost += answers.count(None)
        return taken, filed, lost, len(queue)

    def _claim(self, item: Claim | Candidate) -> Claim | str | None:
        """The claim, DONE for a recording that was filed before, None when another run was quicker."""
        if isinstance(item, Claim):
            item.run_id = self._run_id
            self._notes.put_claim(item)
            return item
        receipt = self._notes.receipt(item.id)
        if receipt and receipt.get("status") == DONE:
            return DONE
        claim = Claim(
            id=item.id,
            run_id=self._run_id,
            claimed_at=utc_now(),
            folder=self._storage.incoming,
            name=item.name,
            time=item.time,
            media=item.media,
            metadata=item.metadata,
            markers=item.markers,
        )
        return claim if self._notes.add_claim(claim) else None
