"""What the supervisor makes of the environment: ports, which Gong, keys, Airflow's variables."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include import settings
from include.local import environment, gong, keys, ports
from include.settings import SettingError


@pytest.fixture
def listening() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def free() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


class TestPorts:
    def test_a_taken_port_is_refused_with_the_variable_that_changes_it(self, listening: int) -> None:
        with pytest.raises(SettingError, match=rf"Port {listening} is in use.*AIRFLOW_PORT={listening + 1}"):
            ports.require_free({"AIRFLOW_PORT": listening, "EMULATOR_PORT": free()})

    def test_free_ports_pass_and_are_left_free(self) -> None:
        wanted = {"AIRFLOW_PORT": free()}
        ports.require_free(wanted)
        ports.require_free(wanted)

    def test_one_port_for_two_is_refused(self) -> None:
        with pytest.raises(SettingError, match="both"):
            ports.require_free({"AIRFLOW_PORT": (same := free()), "EMULATOR_PORT": same})

    @pytest.mark.parametrize("value", ["0", "65536", "80.5", "http"])
    def test_what_is_no_port_is_refused(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_PORT", value)
        with pytest.raises(SettingError, match="AIRFLOW_PORT"):
            ports.port("AIRFLOW_PORT", 8080)


class TestGong:
    def test_without_a_base_url_it_is_the_emulator(self) -> None:
        chosen = gong.chosen(8089)
        assert (chosen.base_url, chosen.emulated) == ("http://127.0.0.1:8089", True)

    def test_key_and_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        set_all(
            monkeypatch, GONG_BASE_URL="https://api.example", GONG_ACCESS_KEY="k", GONG_ACCESS_KEY_SECRET="s"
        )
        assert gong.chosen(8089) == gong.Gong("https://api.example", "k", "s")
        assert "'s'" not in repr(gong.chosen(8089))

    def test_a_bearer_token_is_a_password_without_a_login(self, monkeypatch: pytest.MonkeyPatch) -> None:
        set_all(monkeypatch, GONG_BASE_URL="https://api.example", GONG_ACCESS_TOKEN="t")
        chosen = gong.chosen(8089)
        assert (chosen.login, chosen.password) == ("", "t")
        assert chosen.environment()["GONG_ACCESS_TOKEN"] == "t"
        assert chosen.environment()["GONG_ACCESS_KEY"] == ""

    def test_an_oauth_app_needs_no_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        app = {"GONG_CLIENT_ID": "app", "GONG_CLIENT_SECRET": "s", "GONG_REFRESH_TOKEN": "r"}
        set_all(monkeypatch, **app)
        chosen = gong.chosen(8089)
        assert (chosen.oauth, chosen.emulated, chosen.base_url) == (True, False, "OAuth app app")
        assert {name: value for name, value in chosen.environment().items() if value} == app
        assert "'s'" not in repr(chosen)
        set_all(monkeypatch, GONG_BASE_URL="https://api.example", GONG_TOKEN_URL="http://127.0.0.1:1/x")
        chosen = gong.chosen(8089)
        assert chosen.base_url == "https://api.example"
        assert chosen.environment()["GONG_TOKEN_URL"] == "http://127.0.0.1:1/x"
        assert not gong.Gong("https://api.example", "k", "s").oauth

    @pytest.mark.parametrize(
        "given",
        [
            {"GONG_CLIENT_ID": "app"},
            {"GONG_REFRESH_TOKEN": "r", "GONG_CLIENT_SECRET": "s"},
            {
                "GONG_CLIENT_ID": "app",
                "GONG_CLIENT_SECRET": "s",
                "GONG_REFRESH_TOKEN": "r",
                "GONG_ACCESS_TOKEN": "t",
            },
            {"GONG_BASE_URL": "https://api.example"},
            {"GONG_BASE_URL": "https://api.example", "GONG_ACCESS_KEY": "k"},
            {"GONG_BASE_URL": "https://api.example", "GONG_ACCESS_KEY": "k", "GONG_ACCESS_TOKEN": "t"},
            {"GONG_ACCESS_KEY": "k", "GONG_ACCESS_KEY_SECRET": "s"},
        ],
    )
    def test_what_is_missing_is_named(self, given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        set_all(monkeypatch, **given)
        with pytest.raises(SettingError, match="GONG_BASE_URL"):
            gong.chosen(8089)


class TestKeys:
    def test_they_are_made_once_and_for_the_owner_only(self, tmp_path: Path) -> None:
        made = keys.keys(tmp_path)
        assert keys.keys(tmp_path) == made
        assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600, 0o600]
        assert json.loads(made.password_file.read_text()) == {"admin": made.password}
        Fernet(made.fernet)

    def test_no_two_are_alike(self, tmp_path: Path) -> None:
        assert keys.keys(tmp_path / "a").fernet != keys.keys(tmp_path / "b").fernet


class TestEnvironment:
    @pytest.fixture
    def made(self, tmp_path: Path) -> keys.Keys:
        return keys.keys(tmp_path)

    def test_it_leads_nowhere_but_into_the_home(self, made, tmp_path: Path, monkeypatch) -> None:
        set_all(
            monkeypatch,
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql://elsewhere/airflow",
            AIRFLOW__CORE__DAGS_FOLDER="/elsewhere",
            AIRFLOW__API__HOST="0.0.0.0",  # noqa: S104 - what must not get through
            AIRFLOW_CONN_GONG_DEFAULT="gong://elsewhere",
        )
        built = environment.airflow_environment(tmp_path, 8123, made, scheduled=True)
        assert "elsewhere" not in " ".join(built.values())
        assert built["AIRFLOW__API__HOST"] == "127.0.0.1"
        assert built["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
        assert built["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{tmp_path}/airflow.db"

    def test_credentials_stay_out_of_it(self, made, tmp_path: Path, monkeypatch) -> None:
        set_all(
            monkeypatch,
            GONG_BASE_URL="https://api.example",
            GONG_ACCESS_KEY="k-123",
            GONG_ACCESS_TOKEN="t-123",
            GONG_CLIENT_SECRET="s-123",
            GONG_REFRESH_TOKEN="r-123",
        )
        built = environment.airflow_environment(tmp_path, 8123, made, scheduled=True)
        assert not {"k-123", "t-123", "s-123", "r-123"} & set(built.values())

    def test_the_shell_may_tune(self, made, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "2")
        built = environment.airflow_environment(tmp_path, 8123, made, scheduled=False)
        assert built["AIRFLOW__CORE__PARALLELISM"] == "2"
        assert built["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"] == "False"
        assert built["RUNTIME__DLTHUB_TELEMETRY"] == "false"

    def test_every_variable_is_one_that_airflow_has(self, made, tmp_path: Path, monkeypatch) -> None:
        from airflow.configuration import conf

        for name in [name for name in environment.os.environ if name.startswith("AIRFLOW__")]:
            monkeypatch.delenv(name)
        built = environment.airflow_environment(tmp_path, 8123, made, scheduled=True)
        named = [name.split("__")[1:] for name in built if name.startswith("AIRFLOW__")]
        known = conf.configuration_description
        unknown = [
            f"[{s}] {o}" for s, o in named if o.lower() not in known.get(s.lower(), {}).get("options", {})
        ]
        assert not unknown

    def test_the_home_goes_with_the_data(self, tmp_path: Path, monkeypatch) -> None:
        for name in ("AIRFLOW_HOME", "GONG_DATA_DIR"):
            monkeypatch.delenv(name, raising=False)
        assert environment.airflow_home() == settings.PROJECT / ".airflow"
        monkeypatch.setenv("GONG_DATA_DIR", str(tmp_path))
        assert environment.airflow_home().parent == settings.PROJECT
        assert environment.airflow_home().name.startswith(".airflow-")
        monkeypatch.setenv("AIRFLOW_HOME", "elsewhere")
        assert environment.airflow_home() == settings.PROJECT / "elsewhere"


def set_all(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
