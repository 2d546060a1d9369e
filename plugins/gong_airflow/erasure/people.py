"""Whom a case is about: all addresses and numbers of the person, and the ids of their leads and contacts.

They lie in the case sealed by the key of one of its runs, and are opened in memory only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gong_airflow.erasure.identity import Identity, identity
from gong_airflow.erasure.sealing import SEALED, seal, unseal
from gong_airflow.errors import GongConfigurationError


def sealed_people(people: Iterable[Identity], objects: Iterable[str], key: str) -> str:
    """What a case holds as `sealed`.

    :param objects: external ids of leads and contacts
    :param key: name of the run's key
    """
    pairs = [[one.kind, one.value] for one in people]
    return seal(json.dumps({"identities": pairs, "objects": sorted(set(objects))}), key)


def people_of(case: Mapping[str, Any]) -> tuple[Identity, ...]:
    """Those that the form gave, then those found beside them; from now on Airflow masks them in logs.

    :raises GongConfigurationError: the key is gone, or nothing was looked up yet
    """
    people = tuple(identity(kind, value) for kind, value in _opened(case)["identities"])
    for one in people:
        _mask(one.value)
    return people


def linked_objects(case: Mapping[str, Any]) -> frozenset[str]:
    """The external ids of the person's leads and contacts; raises as `people_of` does."""
    return frozenset(_opened(case)["objects"])


def _opened(case: Mapping[str, Any]) -> dict[str, Any]:
    sealed = case.get("sealed") or ""
    # Not the latest run's: it may have failed before it looked anything up.
    key = re.match(SEALED, sealed)
    if key is None:
        raise GongConfigurationError(
            f"Case {case.get('case')} does not hold whom it is about: it is closed, or nothing was looked up",
            remedy="Start gong_erasure again and enter the address or the number again",
        )
    return dict(json.loads(unseal(sealed, key[1])))


def _mask(value: str) -> None:
    from gong_airflow.connection import mask_everywhere

    for text in {value, value.lstrip("+")}:
        mask_everywhere(text)
