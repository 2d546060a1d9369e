"""How an address or a telephone number may be written, or spoken and then transcribed."""

from __future__ import annotations

import re
from collections.abc import Sequence


def spellings(addresses: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Texts that each mention one address or number: first those of the first ones, an address, a number …"""
    mails = [text for one in addresses for text in _addresses(one)]
    phones = [text for one in numbers for text in _numbers(one)]
    mixed = []
    for place in range(max(len(mails), len(phones))):
        mixed += mails[place : place + 1] + phones[place : place + 1]
    return mixed


def _addresses(address: str) -> list[str]:
    name, _, domain = address.partition("@")
    spoken = f"{name} at {domain}".replace(".", " dot ")
    return [
        address,
        spoken,
        f"{name} (at) {domain}",
        f"<mailto:{address.upper()}>",
        f"{name}%40{domain}",
        f"{name} [at] {domain}",
        f"{name}&#64;{domain}",
    ]


def _numbers(number: str) -> list[str]:
    digits = re.sub(r"[^0-9]", "", number)
    found = [number, f"+{digits}", f"00{digits}", " ".join((f"+{digits[:-7]}", digits[-7:-4], digits[-4:]))]
    if len(digits) == 11 and digits[0] == "1":  # North America: the national number is the rest
        area, office, line = digits[1:4], digits[4:7], digits[7:]
        found += [f"({area}) {office}-{line}", f"{area}.{office}.{line}", f"{area} {office} {line}"]
    return found
