"""Users as a kind of records: the control plane lets them vanish, or change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.emulator.company import Company
from include.emulator.kinds import Records


class UserRows:
    """The company's users, avatars too. At Gong none ever vanishes; a test may want it all the same."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def list(self) -> Records:
        """As ``Kind.list``."""
        return [
            {"recordId": user.id, **user.document, "_avatar": user.avatar} for user in self._company.users
        ]

    def delete(self, number: str) -> bool:
        """As ``Kind.delete``."""
        kept = [user for user in self._company.users if user.id != number]
        found = len(kept) < len(self._company.users)
        self._company.users[:] = kept
        return found

    def change(self, number: str, members: Mapping[str, Any]) -> bool:
        """As ``Kind.change``: ``settings`` are replaced one by one."""
        for user in self._company.users:
            if user.id == number:
                given = dict(members)
                if "settings" in given:
                    given["settings"] = user.document["settings"] | given["settings"]
                user.document = user.document | given
                user.active = bool(user.document["active"])
                return True
        return False
