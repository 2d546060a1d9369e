"""Brings the declared fields into Gong: `GET` and `POST /v2/crm/entity-schema`."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pendulum

from gong_airflow.crm.objects import OBJECT_TYPES, Field
from gong_airflow.crm.schema import Entry, SchemaPlan, plan_schema
from gong_airflow.errors import GongConfigurationError
from gong_airflow.operators.base import GongOperator
from gong_airflow.operators.crm.base import named_integration

READ = "GET /v2/crm/entity-schema"
WRITE = "POST /v2/crm/entity-schema"
DIGEST = "schema_digest"
Fields = Mapping[str, Sequence[Field]]


class GongSyncSchemaOperator(GongOperator):
    """Compares the declared fields of all object types with Gong's, and sends the lists that differ.

    Safe to repeat. A field that is no longer declared stays in Gong. What would destroy data in Gong (another
    type; a deletion) is refused, before anything is sent, unless this run is allowed it by name.

    :param integration_id: the integration's
    :param fields: declared fields by object type, or what returns them
    :param may_destroy: fields, as `ACCOUNT.industry`, that may be deleted if they are not declared, or may
        change their type. A text is read as a list: JSON, Python's, or separated by commas.
    :param known: `digest()` of the last sync: no request is sent while nothing has changed since
    :param asset: an inlet of the task, whose state store remembers `known` instead: for a day, so that what
        somebody else does to the schema in Gong is noticed
    :raises GongConfigurationError: with all that is refused, or that makes no sense, in one message
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "integration_id", "may_destroy", "known")

    def __init__(
        self,
        *,
        integration_id: str,
        fields: Fields | Callable[[], Fields],
        may_destroy: Sequence[str] | str = (),
        known: str = "",
        asset: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.integration_id = integration_id
        self.fields = fields
        self.may_destroy = may_destroy
        self.known = known
        self.asset = asset
        self._woken = False

    def wake(self, context: Any, event: Any = None) -> Any:
        """Go on after Gong's daily limit: this is not the first look."""
        self._woken = True
        return super().wake(context, event)

    def digest(self) -> str:
        """Of all that a sync depends on: integration and declared fields."""
        declared = {name: [asdict(one) for one in fields] for name, fields in self._declared().items()}
        content = json.dumps([named_integration(self.integration_id), declared], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def work(self, context: Any) -> dict[str, str]:
        """`{"ACCOUNT": "unchanged" or "updated", ...}`; four requests, and one for each list that differs."""
        allowed = names_of(self.may_destroy)
        store = context["asset_state_store"][self.asset] if self.asset else None
        # A day later it counts as another.
        remembered = f"{pendulum.now('UTC').format('YYYY-MM-DD')} {self.digest()}"
        known = self.known == self.digest() or (store is not None and store.get(DIGEST) == remembered)
        if known and not allowed:
            self.log.info("The declared fields are as they were when they were compared last")
            return dict.fromkeys(self._declared(), "unchanged")
        plans = [self._plan(name, fields, allowed) for name, fields in self._declared().items()]
        self._refuse(plans, allowed, first=not self._woken and context["ti"].try_number <= 1)
        for plan in plans:
            for note in (*plan.notes, *plan.destroys.values()):
                self.log.warning("%s", note)
            if plan.changed:
                self._send(plan)
        if store is not None:
            store.set(DIGEST, remembered)
        return {plan.object_type: "updated" if plan.changed else "unchanged" for plan in plans}

    def _declared(self) -> dict[str, Sequence[Field]]:
        fields = self.fields() if callable(self.fields) else self.fields
        return {kind.name: fields.get(kind.name) or () for kind in OBJECT_TYPES.values() if kind.has_schema}

    def _params(self, object_type: str) -> dict[str, str]:
        return {"integrationId": named_integration(self.integration_id), "objectType": object_type}

    def _plan(self, object_type: str, fields: Sequence[Field], allowed: Sequence[str]) -> SchemaPlan:
        answer = self.hook.call(READ, params=self._params(object_type))
        by_type: Mapping[str, Any] = answer.body.get("objectTypeToSelectedFields") or {}
        held: Sequence[Entry] = by_type.get(object_type) or []
        now = pendulum.now("UTC").format("YYYY-MM-DDTHH:mm:ss[Z]")
        return plan_schema(object_type, held, fields, allowed, now)

    def _refuse(self, plans: Sequence[SchemaPlan], allowed: Sequence[str], *, first: bool) -> None:
        """Raise one error for all object types.

        :param first: whether this is the task's first look: a later one finds what an earlier one has done
        """
        destroys = {name: what for plan in plans for name, what in plan.destroys.items()}
        refused = [what for name, what in destroys.items() if name not in allowed]
        faults = [fault for plan in plans for fault in plan.faults]
        idle = [name for name in allowed if name not in destroys]
        if idle and not first:
            self.log.info("An earlier try has dealt with %s", ", ".join(idle))
        if idle and first:
            faults += [f"nothing about {name} would destroy data" for name in idle]
        remedies = []
        if refused:
            remedies.append(
                "Gong deletes the data of such a field in all records. Undo the change, or name the fields "
                "in may_destroy (in the form of a run by hand)"
            )
        if idle and first:
            remedies.append(
                "may_destroy takes fields as ACCOUNT.industry: those whose type has changed, and those that "
                "Gong has and that are no longer declared"
            )
        if refused or faults:
            raise GongConfigurationError(
                f"The declared fields do not go with Gong's: {'; '.join([*refused, *faults])}",
                remedy=". ".join([*remedies, "Correct it and start the task again; nothing was sent"]),
            )

    def _send(self, plan: SchemaPlan) -> None:
        # What destroys is not sent again without a new look: the field may be gone already.
        self.hook.call(
            WRITE,
            params=self._params(plan.object_type),
            json=plan.entries,
            repeatable=not plan.destroys,
        )
        self.log.info("%s: Gong has the %d fields as declared", plan.object_type, len(plan.entries))


def names_of(given: Sequence[str] | str | None) -> list[str]:
    """The names in a list, also in the text of one, without blanks and repetitions."""
    if isinstance(given, str):
        given = _listed(given.strip())
    names = [str(name).strip() for name in given or ()]
    return list(dict.fromkeys(name for name in names if name))


def _listed(text: str) -> Sequence[str]:
    if text.startswith("["):
        try:
            return list(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError):
            raise GongConfigurationError(
                "may_destroy is not a list of fields", remedy="Write it as ACCOUNT.industry, DEAL.region"
            ) from None
    return [] if text in ("", "None") else re.split(r"[,\s]+", text)
