"""Refuses early when a port that the project needs is in use."""

from __future__ import annotations

import socket

from include import settings

HOST = "127.0.0.1"


def port(variable: str, default: int) -> int:
    """The port number in environment variable `variable`."""
    number = settings.number(variable, default, least=1)
    if number != int(number) or number > 65535:
        raise settings.SettingError(f"{variable}={number:g}: set a port number from 1 to 65535.")
    return int(number)


def taken(number: int) -> bool:
    """Whether something listens on `number`, on this address or on all of them."""
    with socket.socket() as probe:
        probe.settimeout(1)
        # Some systems let two listen, one on 0.0.0.0 and one on 127.0.0.1: binding alone would not tell.
        if probe.connect_ex((HOST, number)) == 0:
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            return True
    return False


def require_free(wanted: dict[str, int]) -> None:
    """Raise SettingError for the first of `wanted` (variable: port) that cannot be used."""
    seen: dict[int, str] = {}
    for variable, number in wanted.items():
        if number in seen:
            raise settings.SettingError(f"{variable} and {seen[number]} are both {number}: change one.")
        seen[number] = variable
        if taken(number):
            raise settings.SettingError(
                f"Port {number} is in use on this machine. Stop what uses it, or choose another one: "
                f"{variable}={number + 1} (an environment variable)."
            )
