"""Manifests of landed windows, and their parts, that say what is there once a person is gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from gong_airflow.erasure.spelling import Known
from include.erasure.copies.clues import Clues
from include.erasure.copies.texts import blanked_json


def changed(
    content: bytes, kept: Mapping[str, int], call_ids: Collection[str], known: Known, clues: Clues
) -> tuple[bytes | None, int, bool]:
    """The manifest anew, None when nothing changes; the mentions blanked; whether it told of the person.

    :param kept: by file name, how many records the file holds
    :param call_ids: ids that are no longer told of as those of private calls
    """
    text, mentions = content.decode("utf-8", "surrogateescape"), 0
    if clues.in_json(content):
        text, mentions = blanked_json(text, known, clues)
    try:
        manifest = json.loads(text)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict):
        return (text.encode("utf-8", "surrogateescape") if mentions else None), mentions, bool(mentions)
    private = manifest.get("private_ids") or []
    others = [call_id for call_id in private if str(call_id) not in call_ids]
    told = bool(mentions) or len(others) < len(private)
    if not _count_again(manifest, kept) and not told:
        return None, 0, False
    if len(others) < len(private):
        manifest["private_ids"] = others
    # As the landing zone writes them: a manifest, and a part of one.
    layout: dict[str, Any] = {"indent": 1} if "window" in manifest else {"separators": (",", ":")}
    return json.dumps(manifest, sort_keys=True, **layout).encode() + b"\n", mentions, told


def _count_again(manifest: Mapping[str, Any], kept: Mapping[str, int]) -> bool:
    """Lower the counts to what the files hold; whether there was one to lower.

    Not by what was just removed: whoever goes on after a kill would count that twice, or not at all.
    """
    lowered = Counter[str]()
    for page in manifest.get("pages") or []:
        records = page.get("records") or {}
        for stream, name in (page.get("files") or {}).items():
            if stream in records and kept.get(name, records[stream]) < records[stream]:
                lowered[stream] += records[stream] - kept[name]
                records[stream] = kept[name]
    totals = manifest.get("records") or {}
    for stream, fewer in lowered.items():
        if stream in totals:
            totals[stream] -= fewer
    return bool(lowered)
