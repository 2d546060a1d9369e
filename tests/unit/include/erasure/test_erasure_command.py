"""`python -m include.erasure`: what it says about certificates, and its exit status."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from erasure_case import JANE, KEY, NUMBER, SECRET, case

from include.erasure import __main__ as command
from include.erasure.certificate import write
from include.erasure.key import hashed, signing_key
from include.erasure.signature import key_id, public_hex, render, sign


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_GONG_ERASURE", json.dumps({"conn_type": "generic", "password": SECRET}))
    # Without a database there is nothing else to be found.
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "none")


def certificate(folder: Path, *given: str, key: Ed25519PrivateKey | None = None) -> str:
    hashes = sorted(map(hashed, given or [f"email:{JANE}"]))
    written = write(case(given=hashes), signing_key=key, url=f"file://{folder}/erasure")
    return str(folder / "erasure" / written.path)


def test_ours_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = certificate(tmp_path)
    assert command.main(["verify", file]) == 0
    said = capsys.readouterr().out
    assert f"{file}: as it was signed." in said
    assert f"erasure {case()['case']}, ticket DSR-2026/118, certified 2026-11-20T14:06:41Z" in said
    assert f"signed with key {key_id(public_hex(signing_key().public_key()))}, as it should be" in said


def test_one_bad_file_among_several_fails_and_all_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = certificate(tmp_path / "a"), tmp_path / "bad.json"
    bad.write_bytes(Path(good).read_bytes().replace(b'"calls": 40', b'"calls": 41'))
    missing = tmp_path / "missing.json"
    assert command.main(["verify", str(bad), str(missing), good]) == 1
    said = capsys.readouterr().out
    assert f"{bad}: NOT VALID. It was changed after it was signed" in said
    assert f"{missing}: NOT VALID. No such file" in said
    assert f"{good}: as it was signed." in said
    assert command.main(["verify", good.replace(".json", ".html")]) == 1


def test_another_key_is_not_ours_but_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = certificate(tmp_path, key=KEY)
    digits = public_hex(KEY.public_key())
    assert command.main(["verify", file]) == 1
    assert f"NOT OURS: signed with key {key_id(digits)}" in capsys.readouterr().out
    assert command.main(["verify", file, "--key", key_id(digits)]) == 0
    assert command.main(["verify", file, "--key", digits.upper()]) == 0
    assert command.main(["verify", file, "--key", "0" * 16]) == 1


def test_without_the_secret_it_says_what_was_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    key = key_id(public_hex(signing_key().public_key()))
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    assert command.main(["verify", file]) == 0
    assert "Whether that is ours was not checked" in capsys.readouterr().out
    assert command.main(["verify", file, "--key", key]) == 0
    assert command.main(["verify", file, "--email", JANE]) == 1
    assert "no connection gong_erasure" in capsys.readouterr().err


def test_whose_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = certificate(tmp_path, f"email:{JANE}", f"phone:{NUMBER[1:]}")
    assert command.main(["verify", file, "--email", JANE.upper(), "--phone", "+1 (425) 555-0171"]) == 0
    said = capsys.readouterr().out
    assert "  of the person with that email\n  of the person with that phone" in said
    assert command.main(["verify", file, "--email", JANE, "--phone", "+14255550172"]) == 1
    said = capsys.readouterr().out
    assert "  of the person with that email\n  NOT of the person with that phone" in said
    assert JANE not in said


def test_an_address_can_be_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{JANE}\n"))
    assert command.main(["verify", certificate(tmp_path), "--email", "-"]) == 0


def test_what_is_no_address_is_not_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["verify", certificate(tmp_path), "--email", "jane doe"]) == 1
    captured = capsys.readouterr()
    assert "e-mail address" in captured.err
    assert "jane doe" not in captured.err + captured.out


def test_a_forged_certificate_gives_the_terminal_no_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "forged.json"
    file.write_bytes(render(sign({"ticket": "\x1b[2J\u202egood", "times": 7, "subject": []}, KEY)))
    assert command.main(["verify", str(file), "--email", JANE]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_the_key_for_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["key"]) == 0
    said = capsys.readouterr().out
    digits = public_hex(signing_key().public_key())
    assert said.startswith(f"key {key_id(digits)}\n{digits}\n-----BEGIN PUBLIC KEY-----\n")
    assert SECRET not in said


def test_without_the_secret_there_is_no_key_to_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_GONG_ERASURE")
    assert command.main(["key"]) == 1
    assert "There is no connection gong_erasure" in capsys.readouterr().err
