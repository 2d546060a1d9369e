"""Moving a recording's files to `rejected` or `done`, so that a kill at any point is mended by a repeat.

What is to move where is noted in the claim before anything moves. Then follow the receipt, the reason file,
the JSON, the media; the claim goes last. Each step may be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from include.recordings import places
from include.recordings.errors import changed, gone
from include.recordings.labels import label
from include.recordings.notes import DONE, OWN_FIELDS, REJECTED, Claim, Move, Notes, utc_now
from include.storage import Storage

log = logging.getLogger(__name__)


def note_move(
    storage: Storage,
    notes: Notes,
    claim: Claim,
    status: str,
    *,
    call_id: str | None = None,
    reasons: Sequence[str] = (),
) -> Move:
    """Choose where the files go, and note it in the claim.

    :raises RecordingGoneError: when all files are gone, or one is not what it was
    """
    found = storage.each(lambda entry: storage.entry(entry.path), claim.entries)
    if any(entry and entry.size != known.size for entry, known in zip(found, claim.entries, strict=True)):
        raise changed(reference(claim))
    present = {entry.path for entry in found if entry}
    if not present:
        raise gone(reference(claim))
    claim.media = [entry for entry in claim.media if entry.path in present]
    claim.metadata = claim.metadata if claim.metadata and claim.metadata.path in present else None
    if status == DONE:
        place, targets = places.in_done(storage, notes, claim, str(call_id))
        reason_file = (notes.receipt(claim.id) or {}).get("reason_file")
    else:
        place, targets = places.in_rejected(storage, notes, claim)
        reason_file = places.reason_file(place)
    claim.move = Move(status, utc_now(), place, targets, call_id, list(reasons), reason_file)
    notes.put_claim(claim)
    return claim.move


def carry_out(storage: Storage, notes: Notes, claim: Claim, move: Move) -> None:
    """Do what the claim has noted, or what is left of it."""
    notes.put_receipt(_receipt(claim, move))
    if move.status == REJECTED and move.reason_file:
        storage.put(move.reason_file, _reason_text(claim, move, storage.incoming).encode())
    missing = [entry for entry in claim.entries if not storage.move(entry, move.targets[entry.path])]
    if missing:
        log.warning("Recording %s: %d files were gone before they could be moved.", claim.id, len(missing))
    if move.status == DONE and move.reason_file:
        text = storage.read(move.reason_file)
        if text and claim.id.encode() in text:
            storage.remove(move.reason_file)
    for marker in claim.markers:
        storage.remove(marker)
    notes.give_up(move.place)
    notes.remove_claim(claim.id)


def reference(claim: Claim) -> dict[str, Any]:
    """What travels between tasks."""
    return {"id": claim.id, "label": label(claim.name), "size": claim.size}


def claim_of(receipt: Mapping[str, Any], storage: Storage) -> Claim:
    """A claim, not yet written, on what a receipt tells of; without the files that are gone."""
    files = receipt["files"]
    metadata = storage.entry(files["metadata"]) if files["metadata"] else None
    media = [storage.entry(path) for path in (files["media"], *files.get("more_media", ())) if path]
    return Claim(
        id=receipt["recording_id"],
        run_id=receipt["run_id"],
        claimed_at=receipt["claimed_at"],
        folder=storage.incoming,
        name=receipt["name"],
        time=0,
        media=[entry for entry in media if entry],
        metadata=metadata,
        facts=facts_of(receipt),
    )


def facts_of(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What was noted about the recording."""
    return {
        name: fact
        for name, fact in receipt.items()
        if name not in OWN_FIELDS and not (name == "call_id" and fact is None)
    }


def _receipt(claim: Claim, move: Move) -> dict[str, Any]:
    media = [move.targets[entry.path] for entry in claim.media]
    files: dict[str, Any] = {
        "media": media[0] if media else None,
        "metadata": move.targets[claim.metadata.path] if claim.metadata else None,
    }
    if media[1:]:
        files["more_media"] = media[1:]
    return {
        **claim.facts,
        "recording_id": claim.id,
        "status": move.status,
        "reasons": move.reasons,
        "name": claim.name,
        "files": files,
        "media_bytes": claim.size,
        "call_id": move.call_id or claim.facts.get("call_id"),
        "run_id": claim.run_id,
        "claimed_at": claim.claimed_at,
        "settled_at": move.at,
        "reason_file": move.reason_file if move.status == REJECTED else None,
    }


def _reason_text(claim: Claim, move: Move, incoming: str) -> str:
    folder = f"{incoming}/{claim.name}".rpartition("/")[0]
    when = move.at[:19].replace("T", " ")
    reasons = "".join(f"- {' '.join(reason.split())}\n" for reason in move.reasons)
    return (
        f"This recording was rejected at {when} UTC, for the following reasons:\n\n{reasons}\n"
        f"What to do: correct it and move the files back into `{folder}`. This file may be deleted.\n\n"
        f"Recording {claim.id}\n"
    )
