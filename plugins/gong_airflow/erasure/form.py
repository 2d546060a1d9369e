"""What the API server is asked to write about runs of `gong_erasure`: checked, and sealed where it must be.

Pure functions from text to text. What they refuse is answered with 400 and is never stored; no refusal quotes
what it refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from gong_airflow.erasure.identity import Form, Identity, identity
from gong_airflow.erasure.sealing import DAG_ID, FIELDS, Key
from gong_airflow.errors import GongInputError

FORM_FIELDS = (*FIELDS, "ticket", "dry_run", "linked")
# Members that Airflow knows: only these may be named in a refusal, any other name may itself be an address.
_KNOWN = {
    *FORM_FIELDS,
    "conf",
    "dag_run_conf",
    "dag_run_id",
    "note",
    "partition_key",
    "chosen_options",
    "params_input",
}
# Dates and times are digits and signs, but nobody's number; run ids hold them.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
# A shorter one without + is a ticket or an order rather than a telephone.
_LEAST_DIGITS = 10


class RefusedError(Exception):
    """The request is answered with 400 and this text, which quotes nothing."""


def sealed_trigger(body: bytes, key: Key) -> bytes:
    """The body of a request that starts a run, with address and number sealed by `key`.

    :raises RefusedError: the form is not filled in as it must be, or names a person where it may not
    """
    request = parsed(body)
    conf = request.get("conf") or {} if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(conf, dict):
        raise RefusedError("The body of the request is no JSON object with a conf that is one.")
    if set(conf) - set(FORM_FIELDS):
        raise RefusedError(f"gong_erasure has the fields {', '.join(FORM_FIELDS)}: leave the others out.")
    given = {name: found for name in FIELDS if (found := _identity(name, conf.get(name)))}
    if not given:
        raise RefusedError("Enter an e-mail address or a phone number: whose data shall be erased?")
    own = frozenset(form for one in given.values() for form in one.forms)
    refuse_naming({**request, "conf": {name: conf[name] for name in conf if name not in FIELDS}}, own)
    values = {name: key.seal(given[name].value) if name in given else None for name in FIELDS}
    return json.dumps({**request, "conf": {**conf, **values}}).encode()


def parsed(body: bytes) -> Any:
    """The JSON in `body`, read as Airflow reads it; RefusedError when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError("The body of the request is not JSON.") from None


def refuse_naming(request: Any, own: frozenset[Form] = frozenset()) -> None:
    """Refuse a request that holds an e-mail address or a phone number anywhere.

    :param own: the person's forms, which are found as well where they look like something else
    :raises RefusedError: with the name of the member, if Airflow knows it
    """
    try:
        where = next((name for name, text in _texts(request, "") if _names_someone(text, own, name)), None)
    except RecursionError:
        raise RefusedError("The body of the request is nested too deeply.") from None
    if where is not None:
        raise RefusedError(
            f"{where or 'A field'} holds an e-mail address or a phone number, and Airflow would keep it."
            f" Take it out: only {' and '.join(FIELDS)} of the form may hold one, as they are sealed."
        )


def refuse_naming_query(query: bytes) -> None:
    """Refuse an address or a number in a URL: Airflow's audit log would keep it."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    except ValueError:
        raise RefusedError("The query of the URL cannot be read.") from None
    if any(_names_someone(text) for pair in pairs for text in pair):
        raise RefusedError("The URL holds an e-mail address or a phone number: give it in the body, as conf.")


def concerns_erasure(request: Any) -> bool:
    """Whether a request that names its DAGs in the body names `gong_erasure`."""
    try:
        return any(text == DAG_ID for _, text in _texts(request, ""))
    except RecursionError:
        return True


def _identity(name: str, value: Any) -> Identity | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise RefusedError(f"{name} must be text.")
    if value.strip().startswith("sealed:"):
        raise RefusedError(
            f"{name} is the sealed one of a former run, which no other run can open: enter the address or the"
            " number again."
        )
    try:
        return identity(FIELDS[name], value)
    except GongInputError as error:
        raise RefusedError(f"{name}: {error.what}. {error.remedy}.") from None


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every string, key and number below `value`, each with the nearest known member that it lies in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            within = key if key in _KNOWN else name
            yield within, key
            yield from _texts(inner, within)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name)
    elif isinstance(value, str):
        yield name, value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, str(value)


def _names_someone(text: str, own: frozenset[Form] = frozenset(), member: str = "") -> bool:
    """Whether `text` holds an address or a number; in a ticket, which is a number itself, only a sure one."""
    from gong_airflow.erasure.spelling import mentions

    text = _TIME.sub(" ", text)
    for start, end, form in mentions(text):
        kind, _, value = form.partition(":")
        if kind == "email" or form in own or "+" in text[start:end]:
            return True
        # What hangs on letters or signs is an id: GDPR-2026-000123, INC0012345, a UUID.
        hangs = start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-_/#.")
        if len(value) >= _LEAST_DIGITS and not hangs and member != "ticket":
            return True
    return False
