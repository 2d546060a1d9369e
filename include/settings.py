"""The project's settings: environment variables, read when they are needed and never at import.

An empty variable counts as not set, as docker compose passes `${NAME:-}` that way.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LEAST_DAYS_KEPT, MOST_DAYS_KEPT = 2, 36_500


class SettingError(ValueError):
    """A setting holds a value that cannot be used; the message names it and says what would do."""


def text(name: str, default: str = "") -> str:
    """The value of the environment variable `name`, or `default` where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def number(name: str, default: float, *, least: float = 0) -> float:
    """The value of `name` as a number of at least `least`; SettingError otherwise."""
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        result = float("nan")
    if not result >= least:
        raise SettingError(f"{name}={value!r}: set a number of at least {least:g} (default {default:g}).")
    return result


def flag(name: str) -> bool:
    """Whether `name` is switched on: `true`, `1`, `yes` or `on`; SettingError for what is neither."""
    value = text(name, "false").lower()
    if value not in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        raise SettingError(f"{name}={value!r}: set true or false.")
    return value in ("true", "1", "yes", "on")


def data_dir() -> Path:
    """Folder of the landing zone and the tables, absolute (`GONG_DATA_DIR`, default `data/`)."""
    return (PROJECT / text("GONG_DATA_DIR", "data")).resolve()


def landing_url() -> str:
    """Where records land: any ObjectStoragePath URL (`GONG_LANDING_URL`, default `<data dir>/landing`)."""
    return text("GONG_LANDING_URL") or _url(data_dir() / "landing")


def recordings_url() -> str:
    """The drop folder: any ObjectStoragePath URL (`GONG_RECORDINGS_URL`).

    Default: `<data dir>/recordings/incoming`.
    """
    return text("GONG_RECORDINGS_URL") or _url(data_dir() / "recordings" / "incoming")


def crm_url() -> str:
    """Where CRM records wait for Gong, and the ledger of what Gong took (`GONG_CRM_URL`).

    Any ObjectStoragePath URL; default: `<data dir>/crm`.
    """
    return text("GONG_CRM_URL") or _url(data_dir() / "crm")


def erasure_url() -> str:
    """Where erasures are kept: who must not come in again, cases, certificates (`GONG_ERASURE_URL`).

    Any ObjectStoragePath URL; default: `<data dir>/erasure`.
    """
    return text("GONG_ERASURE_URL") or _url(data_dir() / "erasure")


def media_kinds() -> list[str]:
    """Which media `gong_media` downloads by itself (`GONG_MEDIA`): `audio`, `video`, both; by default none.

    SettingError for anything else.
    """
    value = text("GONG_MEDIA")
    kinds = [name.strip() for name in value.split(",") if name.strip()]
    if set(kinds) - {"audio", "video"}:
        raise SettingError(f"GONG_MEDIA={value!r}: set audio, video or audio,video, or nothing for none.")
    return kinds


def media_temp_dir() -> Path:
    """Where media arrive when the landing zone is no local folder, absolute (`GONG_MEDIA_TEMP_DIR`).

    Default: `<data dir>/media-parts`. An interrupted download goes on from there.
    """
    folder = text("GONG_MEDIA_TEMP_DIR", str(data_dir() / "media-parts"))
    return (PROJECT / Path(folder).expanduser()).resolve()


def crm_mapping_dir() -> Path:
    """Folder of the CRM's mapping, absolute (`GONG_CRM_MAPPING_DIR`, default `include/crm/mapping`)."""
    return (PROJECT / Path(text("GONG_CRM_MAPPING_DIR", "include/crm/mapping")).expanduser()).resolve()


def _url(folder: Path) -> str:
    # Not as_uri(): ObjectStoragePath takes a `%20` in a URL for three letters of the folder's name.
    return f"file://{folder}"


def days(name: str, default: float) -> timedelta:
    """The setting `name`, a number of days."""
    return timedelta(days=number(name, default))


def kept_for() -> timedelta | None:
    """How long landed files and rows are kept (`GONG_RETENTION_DAYS`); None: for ever, by default.

    At least two days: a day of the company may end half a day after that of UTC.
    """
    return _kept_for("GONG_RETENTION_DAYS")


def media_kept_for() -> timedelta | None:
    """How long media and filed recordings are kept (`GONG_RETENTION_MEDIA_DAYS`); None: for ever."""
    return _kept_for("GONG_RETENTION_MEDIA_DAYS")


def _kept_for(name: str) -> timedelta | None:
    value = number(name, 0)
    if value and not LEAST_DAYS_KEPT <= value <= MOST_DAYS_KEPT:
        raise SettingError(
            f"{name}={text(name)!r}: set {LEAST_DAYS_KEPT} to {MOST_DAYS_KEPT} days, or nothing for ever."
        )
    return timedelta(days=value) if value else None
