"""`python -m include.local.samples`: puts sample recordings into the drop folder, to try the flow with.

Five good ones, one of each format, and two that are rejected. They are for the emulator only: made-up
recordings do not belong in a company's Gong. Every run makes others, as Gong takes the same media once.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from include import files, settings
from include.emulator.options import Options
from include.local import environment, gong, ports
from include.local.company import REAL
from include.local.sample_media import FORMATS, make_media, make_metadata

WEB_PAGE = b"<!DOCTYPE html><html><body><h1>403 Forbidden</h1></body></html>\n"
# Beyond the look-back there would be nothing to see in the tables; newer than now there is no call.
NEWEST, APART = timedelta(hours=1), timedelta(minutes=10)


def put_samples(folder: str, base_url: str, now: datetime) -> list[str]:
    """Write the samples into `folder` (a path or any ObjectStoragePath URL); the files' names.

    :raises settings.SettingError: `base_url` is not the emulator, or nobody there records calls
    """
    user_id = importing_user(base_url)
    write = _writer(folder)
    marker = settings.text("GONG_RECORDINGS_MARKER")
    names: list[str] = []
    for stem, extension, media, metadata in _samples(user_id, now):
        contents = {extension: media, ".json": json.dumps(metadata, indent=2).encode() + b"\n"}
        for suffix, content in {**contents, **({marker: b""} if marker else {})}.items():
            write(stem + suffix, content)
            names.append(stem + suffix)
    return names


def importing_user(base_url: str) -> str:
    """The id of a user of the emulated company whose recordings Gong imports.

    :raises settings.SettingError: `base_url` is not the emulator, or there is no such user
    """
    try:
        emulated = _ask(f"{base_url}/_emulator/health").get("status") == "ok"
    except (OSError, ValueError, AttributeError):
        emulated = False
    if not emulated:
        raise settings.SettingError(
            "There is no emulator at the address of Gong, and made-up recordings do not belong in a "
            f"company's Gong. Start it with `make up`, or give --base-url http://{ports.HOST}:{Options.port}."
        )
    users = _ask(f"{base_url}/v2/users", f"{Options.access_key}:{Options.access_key_secret}")["users"]
    for user in users:
        if user["active"] and user["settings"]["telephonyCallsImported"]:
            return str(user["id"])
    raise settings.SettingError(
        "Nobody in the emulated company is set for recording import: make up USERS=12."
    )


def _samples(user_id: str, now: datetime) -> Iterator[tuple[str, str, bytes, dict[str, Any]]]:
    """Name without ending, ending, media and metadata of each."""
    seed = int(now.timestamp() * 1000) * 10  # each of a run has one of its own
    media = [(f".{kind.lower()}", make_media(kind, seed=seed)) for kind in FORMATS]
    without_zone = (".wav", make_media("WAV", seed=seed + 9))
    for number, (extension, content) in enumerate([*media, without_zone, (".mp3", WEB_PAGE)], 1):
        start = f"{now - NEWEST - APART * number:%Y-%m-%dT%H:%M:%S}"
        if content is not without_zone[1]:
            start += "Z"
        metadata = make_metadata(user_id, seed=seed + number, actualStart=start)
        yield f"sample-{now:%Y%m%dT%H%M%S}-{number}", extension, content, metadata


def _ask(url: str, key: str = "") -> Any:
    headers = {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"} if key else {}
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an address")
    # Never through a proxy: the emulator is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers), timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def _writer(folder: str) -> Callable[[str, bytes], None]:
    """Writes a file of that name into `folder`."""
    if "://" not in folder or folder.startswith("file://"):
        local = Path(folder.removeprefix("file://")).expanduser().resolve()
        return lambda name, content: files.put_file(local / name, content)
    # Airflow would make itself a home of its own otherwise.
    os.environ.setdefault("AIRFLOW_HOME", str(environment.airflow_home()))
    from airflow.sdk import ObjectStoragePath

    return lambda name, content: files.put(ObjectStoragePath(folder) / name, content)


def _base_url() -> str:
    """The Gong that the environment names, or the emulator of `make up`."""
    data = settings.data_dir()
    if (data / REAL).exists():
        raise settings.SettingError(
            f"{data} belongs to a real Gong, and made-up recordings do not. Set GONG_DATA_DIR to another "
            "folder."
        )
    return settings.text(gong.BASE_URL) or f"http://{ports.HOST}:{ports.port('EMULATOR_PORT', Options.port)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 for what failed, 2 for what has to be set otherwise."""
    parser = argparse.ArgumentParser(prog="python -m include.local.samples", description=__doc__)
    parser.add_argument("--folder", help="instead of the drop folder (GONG_RECORDINGS_URL)")
    parser.add_argument("--base-url", help="of the emulator, if it is not that of `make up`")
    given = parser.parse_args(arguments)
    folder = given.folder or settings.recordings_url()
    try:
        base_url = (given.base_url or _base_url()).rstrip("/")
        names = put_samples(folder, base_url, datetime.now(timezone.utc))
    except settings.SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The samples could not be made: {error}", file=sys.stderr)
        return 1
    print(f"{folder}:\n  " + "\n  ".join(names))
    print("The first five are good, the last two are not. Start the DAG gong_recordings, or wait for it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
