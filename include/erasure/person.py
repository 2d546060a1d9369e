"""A person as our copies know them, while they are looked for: in memory only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gong_airflow.erasure.identity import Form, Identity


@dataclass(repr=False)
class Person:
    """Whom to look for; `repr` tells counts alone.

    :param forms: addresses and numbers, in all their forms
    :param call_ids: calls of the person; who finds another one adds it
    :param object_ids: ids of their leads and contacts in CRM systems
    """

    forms: frozenset[Form]
    call_ids: set[str] = field(default_factory=set)
    object_ids: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, identities: Iterable[Identity], call_ids: Iterable[str] = (), object_ids: Iterable[str] = ()
    ) -> Person:
        """The person with these addresses and numbers, calls and CRM ids."""
        forms = frozenset(form for identity in identities for form in identity.forms)
        return cls(forms, set(call_ids), set(object_ids))

    def known(self, form: Form) -> bool:
        """Whether the form is one of this person's, or that of one of their CRM ids."""
        if form in self.forms:
            return True
        kind, _, value = form.partition(":")
        return kind == "object" and value in self.object_ids

    def __repr__(self) -> str:
        return f"Person({len(self.forms)} forms, {len(self.call_ids)} calls, {len(self.object_ids)} objects)"
