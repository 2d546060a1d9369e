"""The company's CRM integrations, and the queue in which their requests are processed."""

from __future__ import annotations

import asyncio
import random

from include.emulator.clock import Clock
from include.emulator.company import Company
from include.emulator.crm_digest import Digest
from include.emulator.crm_requests import GENERAL_ERROR, CrmRequest, CrmSettings, ReceivedLines
from include.emulator.crm_store import Integration

DELETED = "The integration was deleted"  # invented
_AT_ONCE = 1_000  # lines that are digested before a request is answered: some milliseconds
_SLICE = 250  # lines between two turns of the event loop


class Crm:
    """All integrations since the start or the last reset; one at a time is active.

    Files are processed in the order of their arrival, each when its time has come; a large one takes longer.
    """

    def __init__(self, settings: CrmSettings, seed: int, clock: Clock, company: Company) -> None:
        self.settings = settings
        self.active: Integration | None = None
        self._integrations: dict[int, Integration] = {}
        self._rng = random.Random(f"{seed}:crm")
        self._clock = clock
        self._company = company
        self._queue: list[CrmRequest] = []
        self._digest: Digest | None = None
        self._task: asyncio.Task[None] | None = None

    def register(self, owner_email: str, name: str) -> Integration:
        """A new integration; its id is beyond what a double holds exactly."""
        number = self._rng.randrange(2 * 10**18, 9 * 10**18) | 1
        self.active = self._integrations[number] = Integration(number, owner_email, name)
        return self.active

    def known(self, number: int) -> Integration | None:
        """The integration with this id, deleted or not."""
        return self._integrations.get(number)

    def all(self) -> list[Integration]:
        """Every integration, deleted ones too, in the order of registration."""
        return list(self._integrations.values())

    @property
    def lasts(self) -> int:
        """How long processing takes, in microseconds of the emulator's clock."""
        return int(self.settings.processing_seconds * 1_000_000)

    def submit(
        self,
        integration: Integration,
        client_request_id: str,
        object_type: str | None = None,
        file: ReceivedLines | None = None,
    ) -> None:
        """Put a request into the queue; without an object type it deletes the integration."""
        settings = self.settings
        request = CrmRequest(client_request_id, self._clock.micros(), object_type, file)
        if settings.hold_next:
            settings.hold_next -= 1
            request.held = True
        elif settings.fail_next:
            settings.fail_next -= 1
            request.fails = True
        integration.requests[client_request_id] = request
        self._queue.append(request)

    def release(self) -> int:
        """Let all requests go on that are held PENDING; how many."""
        held = [one for one in self._queue if one.held]
        for request in held:
            request.held = False
        return len(held)

    def settle(self) -> None:
        """Process what is due: a little at once, the rest between other requests."""
        if self._task is not None:
            if not self._task.done():
                return
            self._task.result()
            self._task = None
        if self._advance(_AT_ONCE):
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    def close(self) -> None:
        """Give up what is still under way."""
        if self._task is not None:
            self._task.cancel()
        for request in self._queue:
            request.close()

    async def _go_on(self) -> None:
        while self._advance(_SLICE):
            await asyncio.sleep(0)

    def _advance(self, lines: int) -> bool:
        """Digest up to so many lines of what is due; whether there is more."""
        while True:
            if self._digest is None:
                self._digest = self._next()
                if self._digest is None:
                    return False
            if lines <= 0:
                return True
            lines -= max(1, self._digest.step(lines))
            if self._digest.request.ended:
                self._queue.remove(self._digest.request)
                self._digest = None

    def _next(self) -> Digest | None:
        """The next file to digest; requests that need none are dealt with on the way."""
        while self.active is not None:
            request = self._due()
            if request is None:
                return None
            if request.fails:
                request.end(GENERAL_ERROR)
                self._queue.remove(request)
            elif request.object_type is None or request.file is None:
                self._delete(self.active)
            else:
                return self._open(self.active, request, request.object_type, request.file)
        return None

    def _due(self) -> CrmRequest | None:
        """The oldest request that waits, if its time has come; one that is held lets others pass."""
        oldest = next((request for request in self._queue if not request.held), None)
        if oldest is None or oldest.arrived + self.lasts > self._clock.micros():
            return None
        return oldest

    def _open(
        self, integration: Integration, request: CrmRequest, object_type: str, file: ReceivedLines
    ) -> Digest:
        users = {
            str(user.document["emailAddress"]).lower() for user in self._company.users if not user.avatar
        }
        return Digest(
            integration,
            request,
            object_type,
            file,
            refuses_dangling=self.settings.dangling == "refuse",
            gong_users=users,
        )

    def _delete(self, integration: Integration) -> None:
        """Erase it; what still waits in the queue comes too late."""
        integration.erase()
        self.active = None
        for request in self._queue:
            request.end(None if request.object_type is None else DELETED)
        self._queue.clear()
