"""Two companies never mix in one data folder, and a company does not change under a later run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from include.emulator.options import parse
from include.local.company import Calendar, meet, refuse_foreign
from include.local.gong import Gong
from include.settings import SettingError

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.utc)
EMULATED = Gong("http://127.0.0.1:8089", "key", "secret", emulated=True)
REAL = Gong("https://us-1.api.example", "key", "secret")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_later_run_meets_the_same_company(data: Path, home: Path) -> None:
    first = meet(data, home, EMULATED, {"calls": 20}, NOW)
    assert first == Calendar(calls=20, until="2026-11-20")
    assert json.loads((data / "emulator.json").read_text())["until"] == "2026-11-20"
    assert meet(data, home, EMULATED, {}, NOW + timedelta(days=400)) == first
    assert meet(data, home, EMULATED, {"calls": 20}, NOW) == first


def test_the_first_read_covers_the_whole_data_set_at_any_age() -> None:
    calendar = Calendar(days=14, until="2026-11-20")
    for age in (0, 2, 100):
        now = datetime(2026, 11, 20, 23, 59, tzinfo=timezone.utc) + timedelta(days=age)
        oldest = datetime(2026, 11, 20, tzinfo=timezone.utc) - timedelta(days=14)
        assert now - timedelta(days=calendar.initial_days(now)) < oldest - timedelta(days=1)


def test_the_emulator_understands_the_options() -> None:
    options = parse(Calendar(calls=7, days=3, users=2, seed=9, until="2026-11-20").arguments(), NOW)
    assert (options.calls, options.days, options.users, options.seed) == (7, 3, 2, 9)
    assert options.until == datetime(2026, 11, 20, tzinfo=timezone.utc)


def test_other_options_are_refused_and_change_nothing(data: Path, home: Path) -> None:
    meet(data, home, EMULATED, {"calls": 20}, NOW)
    with pytest.raises(SettingError, match=r"calls=20.*calls=30.*GONG_DATA_DIR"):
        meet(data, home, EMULATED, {"calls": 30}, NOW)
    assert meet(data, home, EMULATED, {}, NOW) == Calendar(calls=20, until="2026-11-20")


def test_a_real_gong_and_the_emulator_do_not_mix(tmp_path: Path) -> None:
    meet(tmp_path / "a", tmp_path / "home-a", EMULATED, {}, NOW)
    with pytest.raises(SettingError, match="emulated company"):
        meet(tmp_path / "a", tmp_path / "home-b", REAL, {}, NOW)
    assert meet(tmp_path / "b", tmp_path / "home-b", REAL, {}, NOW) is None
    assert meet(tmp_path / "b", tmp_path / "home-b", REAL, {}, NOW) is None
    with pytest.raises(SettingError, match=r"us-1\.api\.example"):
        meet(tmp_path / "b", tmp_path / "home-c", EMULATED, {}, NOW)
    with pytest.raises(SettingError, match=r"us-1\.api\.example"):
        meet(tmp_path / "b", tmp_path / "home-d", Gong("https://us-2.api.example", "k", "s"), {}, NOW)


def test_data_of_unknown_origin_is_not_added_to(data: Path, home: Path) -> None:
    (data / "landing").mkdir(parents=True)
    with pytest.raises(SettingError, match="not known whose"):
        meet(data, home, EMULATED, {}, NOW)


def test_an_airflow_home_knows_whose_watermarks_it_holds(tmp_path: Path, home: Path) -> None:
    meet(tmp_path / "a", home, EMULATED, {}, NOW)
    with pytest.raises(SettingError, match="complete"):
        meet(tmp_path / "b", home, EMULATED, {}, NOW)
    assert not (tmp_path / "b").exists()


def test_the_home_of_another_airflow_is_left_alone(data: Path, home: Path) -> None:
    refuse_foreign(home)
    meet(data, home, EMULATED, {}, NOW)
    (home / "airflow.db").touch()
    refuse_foreign(home)
    (home / "data.json").unlink()
    with pytest.raises(SettingError, match="another Airflow"):
        refuse_foreign(home)


def test_emulator_options_are_refused_for_a_real_gong(data: Path, home: Path) -> None:
    with pytest.raises(SettingError, match="calls"):
        meet(data, home, REAL, {"calls": 3}, NOW)
