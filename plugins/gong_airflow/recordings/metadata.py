"""The JSON beside a media file: Gong's own body of `POST /v2/calls`, checked before anything is sent.

`python -m gong_airflow.recordings.metadata` writes its JSON Schema.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

from gong_airflow.errors import GongRecordingError
from gong_airflow.recordings.model import Recording
from gong_airflow.recordings.rules import broken_rules
from gong_airflow.recordings.sentences import kind_of, path_of, sentence_of

MOST_BYTES = 1_000_000
MOST_REASONS = 30
_KNOWN = tuple(field.alias or name for name, field in Recording.model_fields.items())


def read_metadata(content: bytes) -> dict[str, Any]:
    """The document in `content`, as it is but for `$schema`.

    :raises GongRecordingError: with everything that is wrong with it; beyond 30 faults they are counted
    """
    reasons: list[str] = []
    document = _parse(_decoded(content), reasons)
    document.pop("$schema", None)
    present = _without_nulls(document)
    reasons += _wrong_fields(present)
    reasons += [f"{path}: {sentence}" for path, sentence in broken_rules(present)]
    if reasons:
        raise GongRecordingError(_shortened([*reasons, *_ignored_fields(present)]))
    return document


def client_unique_id(document: Mapping[str, Any], media_sha256: str | None) -> str:
    """The id by which Gong takes a recording only once: as given, or derived from the content.

    With media it is their hash; without, that of the document, whose URL loses query and fragment, as
    signed URLs differ each time.
    """
    given = document.get("clientUniqueId")
    if given is not None:
        return str(given)
    if media_sha256 is not None:
        return media_sha256
    present = _without_nulls(document)
    if "downloadMediaUrl" not in present:
        raise GongRecordingError(
            ["downloadMediaUrl: is missing, and there is no media file. Add one of the two"]
        )
    present["downloadMediaUrl"] = urlunsplit((*urlsplit(present["downloadMediaUrl"])[:3], "", ""))
    canonical = json.dumps(present, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the receipt tells about the recording; it holds nothing personal."""
    return {
        "primary_user_id": document.get("primaryUser"),
        "actual_start": document.get("actualStart"),
        "direction": document.get("direction"),
        "workspace_id": document.get("workspaceId"),
        "language_code": document.get("languageCode"),
        "has_download_url": document.get("downloadMediaUrl") is not None,
    }


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the document."""
    from gong_airflow.recordings.schema import schema_of

    return schema_of(Recording)


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        _refuse(f"has {len(content):,} bytes, {MOST_BYTES:,} are the most. Is it the right file?")
    if not content.strip():
        _refuse("is empty. Write what Gong is to know about the call into it")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse("is saved as UTF-16. Save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"is not UTF-8 text (byte {error.start + 1:,}). Save it as UTF-8")


def _parse(text: str, reasons: list[str]) -> dict[str, Any]:
    """The JSON object in `text`; adds names that occur twice to `reasons`, raises for all else."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in items)
        # Other names may be anything, somebody's included.
        twice = sorted({name if name in _KNOWN else "a name" for name, count in counts.items() if count > 1})
        reasons.extend(f"The JSON file has {name} twice in one object. Delete one of them" for name in twice)
        return dict(items)

    try:
        document = json.loads(
            text, object_pairs_hook=pairs, parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )
        json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        _refuse(
            f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}. Correct it; an editor "
            "that knows JSON shows the place"
        )
    except UnicodeEncodeError:
        _refuse(r"has half a character, a \ud800 to \udfff alone. Write the character itself")
    except RecursionError:
        _refuse("is nested too deeply. Is it the right file?")
    if not isinstance(document, dict):
        _refuse(f"must hold one object in {{ }}, but holds {kind_of(document)}. One file describes one call")
    return document


def _refuse(sentence: str) -> NoReturn:
    # Not from the error: JSONDecodeError holds the whole document.
    raise GongRecordingError([f"The JSON file {sentence}"]) from None


def _no_number(_name: str) -> NoReturn:
    _refuse("has NaN, Infinity or a number too large for JSON. Give another one, or leave the field out")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _whole(text: str) -> int:
    if len(text) > 100:  # Python itself refuses some thousand
        _refuse("has a number of more than 100 digits. Put it in quotes")
    return int(text)


def _shortened(reasons: list[str]) -> list[str]:
    more = len(reasons) - MOST_REASONS
    if more <= 0:
        return reasons
    return [*reasons[:MOST_REASONS], f"There are {more} more faults. Correct these first and try again"]


def _without_nulls(value: Any) -> Any:
    """A copy in which no object has a null: an optional field that is null counts as absent."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _wrong_fields(present: dict[str, Any]) -> Iterator[str]:
    """What the model finds, one sentence each."""
    try:
        Recording.model_validate(present)
    except ValidationError as error:
        meant = _misspelled(present)
        for fault in error.errors(include_url=False):
            path = path_of(fault["loc"])
            hint = f". There is {meant[path]}: is that what it should be?" if path in meant else ""
            yield f"{path}: {sentence_of(fault)}{hint}"


def _ignored_fields(present: Mapping[str, Any]) -> Iterator[str]:
    """Fields that Gong would ignore although something was probably meant by them."""
    required = {field.alias for field in Recording.model_fields.values() if field.is_required()}
    for known, given in _misspelled(present).items():
        if known not in required:
            yield f"{given}: Gong does not know this field and ignores it. Is it {known}?"


def _misspelled(present: Mapping[str, Any]) -> dict[str, str]:
    """Known field that is absent: field that is there and looks like it."""
    missing = {name.casefold(): name for name in _KNOWN if name not in present}
    meant: dict[str, str] = {}
    # Comparing is slow, and a file may hold thousands of names.
    for given in islice((name for name in present if name not in _KNOWN), 100):
        plain = given.replace("_", "").casefold()
        for close in difflib.get_close_matches(plain, missing, n=1, cutoff=0.75):
            meant.setdefault(missing[close], given)
    return meant


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
