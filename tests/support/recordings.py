"""Recordings for tests: good ones, and every kind of bad one, as files in a drop folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from include.local.sample_media import FORMATS, make_media, make_metadata
from tests.support.emulator import KEY, SECRET, Emulator

__all__ = [
    "FORMATS",
    "FURTHER_BAD",
    "TWELVE_BAD",
    "big_media",
    "make_media",
    "make_metadata",
    "post_call",
    "put_good",
]

BadRecording = Callable[[Path, str, str, int], None]
"""Writes its files into a folder, under a name without ending, for a user's id, from a seed."""


def put_good(
    folder: Path, name: str, user_id: str, seed: int, *, format_name: str = "WAV", **changes: Any
) -> None:
    """A recording that Gong takes; `changes` as in `make_metadata`."""
    (folder / f"{name}.{format_name.lower()}").write_bytes(make_media(format_name, seed=seed))
    _write_json(folder, name, make_metadata(user_id, seed=seed, **changes))


def big_media(path: Path, size: int, *, seed: int) -> None:
    """A WAV of `size` bytes that takes no space on the disk: a real beginning, then zeros."""
    beginning = bytearray(make_media("WAV", seed=seed))
    start = beginning.index(b"data") + 8
    beginning[4:8] = (size - 8).to_bytes(4, "little")
    beginning[start - 4 : start] = (size - start).to_bytes(4, "little")
    # What is there already stays in the page cache, so that two who read it find the same.
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(beginning)
        file.truncate(size)


def post_call(emulator: Emulator, seed: int) -> str:
    """The id of a call that waits for its media."""
    body = make_metadata(emulator.importing_user(), seed=seed, clientUniqueId=f"call {seed}")
    answer = requests.post(f"{emulator.url}/v2/calls", json=body, auth=(KEY, SECRET), timeout=30)
    answer.raise_for_status()
    return str(answer.json()["callId"])


def _write_json(folder: Path, name: str, document: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(document, indent=2))


def _with(**changes: Any) -> BadRecording:
    """Good media beside metadata with `changes`."""
    return lambda folder, name, user_id, seed: put_good(folder, name, user_id, seed, **changes)


def _media_without_json(folder: Path, name: str, user_id: str, seed: int) -> None:
    (folder / f"{name}.wav").write_bytes(make_media("WAV", seed=seed))


def _json_without_media(folder: Path, name: str, user_id: str, seed: int) -> None:
    _write_json(folder, name, make_metadata(user_id, seed=seed))


def _json_that_is_no_json(folder: Path, name: str, user_id: str, seed: int) -> None:
    _media_without_json(folder, name, user_id, seed)
    (folder / f"{name}.json").write_text(json.dumps(make_metadata(user_id, seed=seed))[:-1])


def _primary_user_not_a_party(folder: Path, name: str, user_id: str, seed: int) -> None:
    put_good(
        folder, name, user_id, seed, primaryUser="1" + user_id[1:] if user_id[0] != "1" else "2" + user_id[1:]
    )


def _channel_and_timeline(folder: Path, name: str, user_id: str, seed: int) -> None:
    parties = [{"userId": user_id, "partyId": "1", "mediaChannelId": 0}, {"partyId": "2"}]
    put_good(folder, name, user_id, seed, parties=parties, speakersTimeline=_timeline("1", "2"))


def _segment_of_unknown_party(folder: Path, name: str, user_id: str, seed: int) -> None:
    parties = [{"userId": user_id, "partyId": "1"}, {"partyId": "2"}]
    put_good(folder, name, user_id, seed, parties=parties, speakersTimeline=_timeline("1", "3"))


def _timeline(*party_ids: str) -> dict[str, Any]:
    segments = [
        {"fromTime": 1000 * index, "toTime": 1000 * index + 900, "partyIds": [name]}
        for index, name in enumerate(party_ids)
    ]
    return {"precise": False, "speechSegments": segments}


def _media(content: Callable[[int], bytes], suffix: str = ".wav") -> BadRecording:
    """Good metadata beside media of that content, made from a seed."""

    def put(folder: Path, name: str, user_id: str, seed: int) -> None:
        (folder / f"{name}{suffix}").write_bytes(content(seed))
        _json_without_media(folder, name, user_id, seed)

    return put


def _too_large(folder: Path, name: str, user_id: str, seed: int) -> None:
    """A sparse file: it takes no space."""
    _media(lambda seed: make_media("WAV", seed=seed))(folder, name, user_id, seed)
    with (folder / f"{name}.wav").open("r+b") as file:
        file.truncate(1_500_000_001)


TWELVE_BAD: dict[str, BadRecording] = {
    "media without JSON": _media_without_json,
    "JSON without media": _json_without_media,
    "JSON that is no JSON": _json_that_is_no_json,
    "no direction": _with(direction=None),
    "primary user not among the parties": _primary_user_not_a_party,
    "channel and timeline": _channel_and_timeline,
    "segment of an unknown party": _segment_of_unknown_party,
    "time without zone": _with(actualStart="2026-11-20T14:30:00"),
    "unknown language": _with(languageCode="xx-XX"),
    "purpose too long": _with(purpose="x" * 256),
    "empty media": _media(lambda seed: b""),
    "another format": _media(
        lambda seed: b"OggS\0\2" + bytes(22) + b"OpusHead\1" + bytes(100 + seed % 100), ".mp3"
    ),
}
"""One for each kind of reason."""

FURTHER_BAD: dict[str, BadRecording] = {
    "cut off": _media(lambda seed: make_media("WAV", seed=seed)[:400_000]),
    "too large": _too_large,
}
