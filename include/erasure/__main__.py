"""`python -m include.erasure verify FILE…` and `python -m include.erasure key`.

    verify FILE… [--email ADDRESS] [--phone NUMBER] [--key ID]
        whether each certificate is as it was signed, by which key, and whether that is ours; with an address
        or a number also whether it is that person's. `-` asks for it, so that no shell remembers it.
    key
        our public key, by which others check: its id, as hexadecimal digits, and in PEM for OpenSSL

The secret of the connection `gong_erasure` is needed to tell whose key and whose certificate it is. It is
taken from the environment (`AIRFLOW_CONN_GONG_ERASURE`) or from Airflow's database.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import os
import sys
from pathlib import Path
from typing import Any

from gong_airflow.errors import GongError
from include.erasure.signature import InvalidCertificateError, Signed, check, key_id, pem, public_hex


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 when all that was asked holds, else 1."""
    options = _parser().parse_args(arguments)
    # As a command of Airflow's own, which finds connections in its database too.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    try:
        return _show_key() if options.command == "key" else _verify(options)
    except GongError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.erasure", description="Certificates of erasure.")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="check certificates")
    verify.add_argument("files", nargs="+", metavar="FILE", help="the certificate's JSON file")
    verify.add_argument("--email", metavar="ADDRESS", help="is it this person's? - asks for the address")
    verify.add_argument("--phone", metavar="NUMBER", help="is it this person's? - asks for the number")
    verify.add_argument(
        "--key", metavar="ID", help="the key that must have signed, or its id (default: ours)"
    )
    commands.add_parser("key", help="print our public key")
    return parser


def _show_key() -> int:
    with contextlib.redirect_stdout(sys.stderr):
        from include.erasure.key import signing_key

        public = signing_key().public_key()
    digits = public_hex(public)
    _say(f"key {key_id(digits)}\n{digits}\n{pem(public).rstrip()}")
    return 0


def _verify(options: Any) -> int:
    with contextlib.redirect_stdout(sys.stderr):  # where Airflow's own lines belong
        hashes = _hashes({"email": options.email, "phone": options.phone})
        wanted = options.key.lower() if options.key else _own_key()
    return 0 if all([_holds(Path(file), wanted, hashes) for file in options.files]) else 1


def _holds(file: Path, wanted: str | None, hashes: dict[str, str]) -> bool:
    """Say what the certificate is; whether all that was asked about it holds."""
    try:
        signed = check(file.read_bytes())
    except (OSError, InvalidCertificateError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        _say(f"{file}: NOT VALID. {reason}")
        return False
    _say(
        f"{file}: as it was signed.\n"
        f"  erasure {_member(signed, 'erasure')}, ticket {_member(signed, 'ticket')},"
        f" certified {_member(signed, 'times', 'certified')}"
    )
    # Both are said, whatever comes of the first.
    return all([_say_key(signed, wanted), *_say_person(signed, hashes)])


def _say_key(signed: Signed, wanted: str | None) -> bool:
    if wanted is None:
        _say(
            f"  signed with key {signed.key_id}. Whether that is ours was not checked, as the connection"
            " gong_erasure cannot be read here: compare it with the id that `key` prints there, or give --key"
        )
        return True
    if wanted in (signed.key_id, signed.public_key):
        _say(f"  signed with key {signed.key_id}, as it should be")
        return True
    _say(f"  NOT OURS: signed with key {signed.key_id}. Anybody can sign with a key of their own")
    return False


def _say_person(signed: Signed, hashes: dict[str, str]) -> list[bool]:
    given = _member(signed, "subject", "given")
    given = given if isinstance(given, list) else []
    for kind, digest in hashes.items():
        _say(f"  {'of' if digest in given else 'NOT of'} the person with that {kind}")
    return [digest in given for digest in hashes.values()]


def _member(signed: Signed, *names: str) -> Any:
    """A member of the document, whoever made that; None where there is none."""
    found: Any = signed.document
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _own_key() -> str | None:
    """This installation's public key; None where the secret cannot be read."""
    from include.erasure.key import signing_key

    try:
        return public_hex(signing_key().public_key())
    except GongError:
        return None


def _hashes(given: dict[str, str | None]) -> dict[str, str]:
    """The keyed hash of each identity that was given, by its kind."""
    from gong_airflow.erasure.identity import identity
    from include.erasure.key import hashed

    texts = {kind: _asked(kind) if text == "-" else text for kind, text in given.items() if text}
    return {kind: hashed(identity(kind, text).form) for kind, text in texts.items()}


def _asked(kind: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return getpass.getpass(f"{kind} (is not shown): ").strip()


def _say(text: str) -> None:
    # A forged certificate may hold what a terminal takes for commands.
    sys.stdout.write("".join(char for char in text if char.isprintable() or char == "\n") + "\n")


if __name__ == "__main__":
    sys.exit(main())
