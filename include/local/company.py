"""Remembers whose calls are in a data folder, so that two companies never mix.

`<data dir>/emulator.json` holds the emulator's options, its calendar included: a later run meets the
same company, not one that has moved on by a day. `<data dir>/gong.json` holds the base URL of a real
Gong. `<airflow home>/data.json` holds both the folder and its company, because Airflow's watermarks
say up to where that folder is complete: with another one they would leave a hole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from include import settings
from include.emulator.options import Options, default_until, midnight_of
from include.local.gong import Gong

EMULATOR, REAL, HOME = "emulator.json", "gong.json", "data.json"
MARGIN_DAYS = 3
"""Days read beyond the emulator's oldest call, so that no rounding of a day leaves one out."""


@dataclass(frozen=True)
class Calendar:
    """The emulator's options that decide its data; `until` is a date (UTC midnight)."""

    calls: int = Options.calls
    days: int = Options.days
    users: int = Options.users
    seed: int = Options.seed
    until: str = ""

    def arguments(self) -> list[str]:
        """The emulator's command line."""
        return [part for name, value in asdict(self).items() for part in (f"--{name}", str(value))]

    def options(self) -> Options:
        """The same for who makes data that goes with the emulator's."""
        until = midnight_of(date.fromisoformat(self.until))
        return Options(until=until, calls=self.calls, days=self.days, users=self.users, seed=self.seed)

    def initial_days(self, now: datetime) -> int:
        """How many days before `now` the first read has to begin to cover all of it."""
        age = now.astimezone(timezone.utc).date() - date.fromisoformat(self.until)
        return self.days + age // timedelta(days=1) + MARGIN_DAYS


def meet(data: Path, home: Path, gong: Gong, given: dict[str, int], now: datetime) -> Calendar | None:
    """The calendar of the emulated company in `data` (None for a real Gong), remembered from now on.

    `given` holds the options that were asked for explicitly.

    :raises settings.SettingError: `data` or `home` belongs to another company
    """
    calendar = _calendar(data, given, now) if gong.emulated else None
    if not gong.emulated:
        if given:
            raise settings.SettingError(
                f"{', '.join(sorted(given))} are for the emulator, but GONG_BASE_URL is set: unset one."
            )
        _refuse_other(data, REAL, {"base_url": gong.base_url})
    company: dict[str, Any] = asdict(calendar) if calendar else {"base_url": gong.base_url}
    belongs = {"data_dir": str(data), "company": company}
    if (home / HOME).exists() and _read(home / HOME) != belongs:
        raise settings.SettingError(
            f"The Airflow home {home} knows up to where {_read(home / HOME)['data_dir']} is complete, and "
            f"that is not the data that this run would meet in {data}. {_remedy(data)}"
        )
    _remember(data / (EMULATOR if calendar else REAL), company)
    _remember(home / HOME, belongs)
    return calendar


def refuse_foreign(home: Path) -> None:
    """Refuse an Airflow home that the project did not make: another Airflow may be running in it.

    :raises settings.SettingError: it is one
    """
    if (home / "airflow.db").exists() and not (home / HOME).exists():
        raise settings.SettingError(
            f"AIRFLOW_HOME={home} belongs to another Airflow: unset it, or name an empty folder."
        )


def _calendar(data: Path, given: dict[str, int], now: datetime) -> Calendar:
    if not (data / EMULATOR).exists():
        _refuse_other(data, EMULATOR, {})
        return Calendar(**given, until=default_until(now).date().isoformat())
    known = Calendar(**{name: value for name, value in _read(data / EMULATOR).items() if name in _NAMES})
    differing = {name: value for name, value in given.items() if getattr(known, name) != value}
    if differing:
        asked = ", ".join(f"{name}={value}" for name, value in sorted(differing.items()))
        has = ", ".join(f"{name}={getattr(known, name)}" for name in sorted(differing))
        raise settings.SettingError(
            f"{data} holds an emulated company with {has}; asked for was {asked}. {_remedy(data)}"
        )
    return known


_NAMES = {field.name for field in fields(Calendar)}


def _refuse_other(data: Path, own: str, company: dict[str, Any]) -> None:
    """Refuse a folder that holds data of another company than `company`."""
    if (data / own).exists():
        if _read(data / own) == company:
            return
        holder = f"the calls of {_read(data / own)['base_url']}"
    elif (data / EMULATOR).exists():
        holder = "the calls of an emulated company"
    elif (data / REAL).exists():
        holder = f"the calls of {_read(data / REAL)['base_url']}"
    elif (data / "landing").exists() or (data / "warehouse.duckdb").exists():
        holder = "calls of which it is not known whose they are"
    else:
        return
    raise settings.SettingError(
        f"{data} holds {holder}, which would mix with those of this run. {_remedy(data)}"
    )


def _remedy(data: Path) -> str:
    if data == settings.PROJECT / "data":
        return "Set GONG_DATA_DIR to another folder, or start afresh with `make clean` (it deletes this one)."
    return f"Set GONG_DATA_DIR to another folder, or delete {data} to start afresh."


def _read(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_text())
    return held


def _remember(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value, indent=1) + "\n")
    draft.replace(path)
