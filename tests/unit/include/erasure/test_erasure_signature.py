"""The signature: whoever changes a byte is found out, with this software and without."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from erasure_case import KEY

from include.erasure.signature import InvalidCertificateError, check, key_id, pem, public_hex, render, sign

OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
DOCUMENT = {"ticket": "DSR-1", "approved_by": 'José "é" \u2028 O’Neil \\', "counts": {"b": 0, "a": [1, 2]}}


def content(document: dict[str, Any] | None = None, key: Ed25519PrivateKey = KEY) -> bytes:
    return render(sign(document or DOCUMENT, key))


def test_what_was_signed_is_told_with_its_key() -> None:
    signed = check(content())
    assert {name: signed.document[name] for name in DOCUMENT} == DOCUMENT
    assert signed.public_key == public_hex(KEY.public_key())
    assert signed.key_id == key_id(signed.public_key) == signed.document["signature"]["key_id"]
    assert check(content(key=OTHER)).key_id != signed.key_id


def test_signing_again_gives_the_same_bytes_in_any_order() -> None:
    assert content() == content(dict(reversed(DOCUMENT.items())))


def test_any_other_byte_is_found_out() -> None:
    good = content()
    for position in range(len(good)):
        for other in {good[position] ^ 1, good[position] ^ 0x20, 0x20} - {good[position]}:
            with pytest.raises(InvalidCertificateError):
                check(good[:position] + bytes([other]) + good[position + 1 :])


def test_bytes_that_are_missing_or_more_are_found_out() -> None:
    good = content()
    for position in range(len(good)):
        for changed in (good[:position], good[:position] + good[position + 1 :]):
            with pytest.raises(InvalidCertificateError):
                check(changed)
    for changed in (good + b" ", b" " + good, b"\xef\xbb\xbf" + good, good.replace(b"\n", b"\r\n"), good * 2):
        with pytest.raises(InvalidCertificateError):
            check(changed)


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda document: json.dumps(document).encode(),
        lambda document: json.dumps(document, indent=1, sort_keys=True).encode() + b"\n",  # \u00e9
        lambda document: render(dict(reversed(document.items()))).replace(b"1,", b"1.0,"),
        lambda document: render(document).replace(b'{\n "', b'{\n "ticket": "DSR-0",\n "', 1),
        lambda document: json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n",
    ],
)
def test_the_same_document_written_otherwise_is_taken_for_a_change(rewritten: Any) -> None:
    with pytest.raises(InvalidCertificateError, match="changed"):
        check(rewritten(sign(DOCUMENT, KEY)))


def test_a_signature_of_another_key_does_not_pass_for_this_one() -> None:
    ours, theirs = sign(DOCUMENT, KEY), sign(DOCUMENT, OTHER)
    for name in ("value", "public_key", "key_id"):
        mixed = {**ours, "signature": {**ours["signature"], name: theirs["signature"][name]}}
        with pytest.raises(InvalidCertificateError, match="changed"):
            check(render(mixed))
    # Signed by someone else under our key's id: the id is part of what is signed, and wrong.
    posing = {**DOCUMENT, "signature": {**theirs["signature"], "key_id": ours["signature"]["key_id"]}}
    del posing["signature"]["value"]
    canonical = json.dumps(posing, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    posing["signature"]["value"] = OTHER.sign(canonical).hex()
    with pytest.raises(InvalidCertificateError, match="changed"):
        check(render(posing))


@pytest.mark.parametrize(
    ("rubbish", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' * 50_000, "not JSON"),
        (b"{}", "no signature"),
        (b"[]", "no signature"),
        (b'{"signature": "x"}', "no signature"),
        (b'{"signature": {}}', "not written as one"),
        (b'{"signature": {"public_key": 7, "value": null}}', "not written as one"),
        (b" " * 1_000_001, "too long"),
        (b'"\\ud800"', "not JSON"),
        (b"1" * 5000, "no signature|not JSON"),
    ],
)
def test_what_is_no_certificate_is_told_so(rubbish: bytes, why: str) -> None:
    with pytest.raises(InvalidCertificateError, match=why):
        check(rubbish)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("openssl")), reason="needs jq and openssl")
def test_it_can_be_checked_without_this_software(tmp_path: Path) -> None:
    (tmp_path / "certificate.json").write_bytes(content())
    (tmp_path / "key.pem").write_text(pem(KEY.public_key()))
    check_it = (
        "jq -cjS 'del(.signature.value)' certificate.json > signed"
        " && jq -j .signature.value certificate.json | xxd -r -p > value"
        " && openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile value"
    )
    if not shutil.which("xxd"):
        check_it = check_it.replace("xxd -r -p", "perl -ne 'print pack(\"H*\", $_)'")
    subprocess.run(["sh", "-c", check_it], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "certificate.json").write_bytes(content().replace(b"DSR-1", b"DSR-2"))
    forged = subprocess.run(["sh", "-c", check_it], cwd=tmp_path, check=False, capture_output=True)
    assert forged.returncode == 1
