"""docker-compose.yaml: complete, pinned, watched, and without a secret in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# ${NAME}, ${NAME:-default}, ${NAME:?message}, ${NAME:+replacement}; $$ stands for the sign itself.
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:[-?+])([^{}]*))?")
ONE_SHOT = {"init"}
CELERY = {"celery": {"result_backend", "broker_url", "worker_concurrency"}}
CELERY["celery_broker_transport_options"] = {"visibility_timeout"}


def examples() -> dict[str, str]:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def environments() -> list[tuple[str, str, str]]:
    return [
        (service, name, str(value))
        for service, body in SERVICES.items()
        for name, value in body.get("environment", {}).items()
    ]


def test_everything_that_airflow_needs_is_there() -> None:
    needed = {"postgres", "redis", "init", "api-server", "scheduler", "dag-processor", "triggerer", "worker"}
    assert needed | {"emulator"} == set(SERVICES)
    assert SERVICES["emulator"]["profiles"] == ["emulator"]
    assert [name for name, body in SERVICES.items() if "profiles" in body] == ["emulator"]


def test_images_are_pinned() -> None:
    images = {body["image"] for body in SERVICES.values()}
    images |= set(re.findall(r"^\s*FROM (\S+)", TEXT, re.MULTILINE))
    for image in images:
        tag = image.rpartition(":")[2]
        assert re.search(r"\d+\.\d+|\d+-", tag), image
        assert "latest" not in tag


def test_the_image_is_of_the_airflow_that_is_locked() -> None:
    locked = re.search(r"^apache-airflow==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked
    assert f"apache/airflow:slim-{locked[1]}-python" in TEXT
    assert SERVICES["worker"]["image"].endswith(f":{locked[1]}")


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ONE_SHOT))
def test_every_service_is_watched_and_restarted(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"]
    assert SERVICES[service]["restart"] == "unless-stopped"


def test_nothing_starts_before_what_it_needs() -> None:
    for service in ("api-server", "scheduler", "dag-processor", "triggerer", "worker"):
        needs = {name: needed["condition"] for name, needed in SERVICES[service]["depends_on"].items()}
        assert needs["init"] == "service_completed_successfully"
        assert needs["postgres"] == needs["redis"] == "service_healthy"
    assert SERVICES["worker"]["depends_on"]["api-server"]["condition"] == "service_healthy"
    assert SERVICES["init"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_every_variable_is_explained_in_the_example_and_no_other() -> None:
    assert {name for name, _, _ in VARIABLE.findall(TEXT)} == set(examples())


def test_the_example_holds_no_value() -> None:
    assert not any(examples().values())


def test_secrets_come_from_the_environment_and_are_required() -> None:
    secret = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|CONN$|BACKEND$|BROKER_URL$|CREDENTIALS$|REDISCLI_AUTH")
    for service, name, value in environments():
        if not secret.search(name):
            continue
        operators = {operator for _, operator, _ in VARIABLE.findall(value)}
        optional = name.startswith(("GONG_ACCESS_", "GONG_CLIENT_", "GONG_REFRESH_TOKEN", "GONG_TOKEN_"))
        assert operators == {":-" if optional else ":?"}, f"{service}: {name}"
        assert re.fullmatch(r"[^:]*(://\w*:)?\$\{[^}]*\}(@[\w./:]+)?", value), f"{service}: {name}"


def test_only_the_service_that_writes_the_connection_is_told_the_credentials() -> None:
    credentials = ("GONG_ACCESS", "GONG_BASE", "GONG_CLIENT", "GONG_REFRESH", "GONG_TOKEN_URL")
    told = {service for service, name, _ in environments() if name.startswith(credentials)}
    assert told == {"init"}


def test_the_ui_is_on_this_machine_only() -> None:
    published = [port for body in SERVICES.values() for port in body.get("ports", [])]
    assert published and all(str(port).startswith("127.0.0.1:") for port in published)


def test_every_airflow_variable_is_an_option_of_this_airflow() -> None:
    from airflow.configuration import conf

    known = {section: set(body["options"]) for section, body in conf.configuration_description.items()}
    known.update(CELERY)
    for service, name, _ in environments():
        if name.startswith("AIRFLOW__"):
            _, section, option = name.lower().split("__", 2)
            assert option in known.get(section, set()), f"{service}: {name}"


def test_redis_does_not_hand_out_a_running_task_again() -> None:
    hidden = int(
        SERVICES["worker"]["environment"]["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]
    )
    assert hidden >= 24 * 3600


def test_volumes_are_declared() -> None:
    mounted = {volume.split(":")[0] for body in SERVICES.values() for volume in body.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])
