"""Where the tables are: settings, connections, and what must not be shown or written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warehouse_records import Lander, at, call

from include.warehouse import Warehouse
from include.warehouse.__main__ import main
from include.warehouse.destination import Target, _airflow_url

ROOT = Path(__file__).resolve().parents[4]
URL = "postgresql://ann:secret@db/gong"


def test_nothing_heavy_is_imported_with_the_package() -> None:
    code = (
        "import sys, include.warehouse, include.warehouse.warehouse, include.warehouse.store,"
        " include.warehouse.destination, include.warehouse.rebuild, include.warehouse.shaping\n"
        "assert not {'dlt', 'duckdb', 'pyarrow', 'psycopg2', 'airflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_nothing_shows_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONG_DESTINATION_CONN_ID", URL)
    for shown in (
        Warehouse("postgres", URL),
        Warehouse(),
        Target.resolve("postgres", URL),
        Target.resolve(None, None),
    ):
        assert "secret" not in f"{shown!r} {shown}"


def test_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
    assert Target.resolve(None, None).duckdb_file() == tmp_path / "warehouse.duckdb"
    assert Target.resolve(None, None).dataset == "gong"
    assert Target.resolve(None, f"duckdb:///{tmp_path}/x.duckdb").duckdb_file() == tmp_path / "x.duckdb"
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", f"duckdb:///{tmp_path}/y.duckdb")
    assert Target.resolve(None, None).duckdb_file() == tmp_path / "y.duckdb"
    monkeypatch.setenv("GONG_DESTINATION", "postgres")
    monkeypatch.setenv("GONG_DATASET", "sales")
    target = Target.resolve(None, None)
    assert (target.destination, target.dataset, target.staging_dataset, target.duckdb_file()) == (
        "postgres", "sales", "sales_staging", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        (
            {
                "conn_type": "postgres",
                "host": "db",
                "login": "ann",
                "password": "p@ss/1",
                "port": 5433,
                "schema": "gong",
            },
            "postgresql://ann:p%40ss%2F1@db:5433/gong",
        ),
        (
            {
                "conn_type": "postgres",
                "host": "db",
                "login": "ann",
                "schema": "gong",
                "extra": {"sslmode": "require", "options": {}},
            },
            "postgresql://ann@db/gong?sslmode=require",
        ),
        ({"conn_type": "duckdb", "host": "/data/x.duckdb"}, "duckdb:////data/x.duckdb"),
    ],
)
def test_airflow_connections(
    connection: dict[str, object], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TABLES", json.dumps(connection))
    assert _airflow_url("tables") == url
    if connection["conn_type"] == "duckdb":
        assert Target.resolve(None, "tables").duckdb_file() == Path("/data/x.duckdb")


def test_the_command_line_leaves_no_trace_but_the_tables(lander: Lander, tmp_path: Path) -> None:
    lander.land(at(10), [call("1"), call("2")])
    home, folder = tmp_path / "home", tmp_path / "elsewhere"
    for path in (home, folder):
        path.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GONG_", "RUNTIME__"))},
        "HOME": str(home), "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp"),
        "GONG_DATA_DIR": str(tmp_path / "data"),
        "GONG_LANDING_URL": lander.zone.url or "",
    }  # fmt: skip
    (tmp_path / "tmp").mkdir()

    rebuilt = subprocess.run(
        [sys.executable, "-m", "include.warehouse", "rebuild"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["rows"] == {"call": 2}
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"warehouse.duckdb"}
    assert [*home.iterdir(), *folder.iterdir(), *(tmp_path / "tmp").iterdir()] == []


def test_the_command_line_tells_what_is_wrong(
    tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rebuild", "--landing", (tmp_path / "nothing").as_uri()]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("NothingLandedError: ")
    assert main(["counts"]) == 0
    assert json.loads(capsys.readouterr().out)["call"] == 0
