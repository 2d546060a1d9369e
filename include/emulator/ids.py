"""Identifiers as Gong writes them: up to 20 digits in strings, and short request ids."""

from __future__ import annotations

import hashlib
import random

# The lengths seen in recorded answers run from 17 to 19 digits; the OpenAPI document allows 20.
_RANGES = (
    (10**16, 10**17 - 1),
    (10**17, 10**18 - 1),
    (10**18, 10**19 - 1),
    (10**19, 2**64 - 1),
)
_WEIGHTS = (5, 30, 60, 5)
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def gong_id(rng: random.Random) -> str:
    """A string of 17 to 20 digits, most of them beyond what a double holds exactly."""
    low, high = rng.choices(_RANGES, _WEIGHTS)[0]
    return str(rng.randint(low, high))


def crm_id(rng: random.Random, prefix: str) -> str:
    """An 18-character id in the manner of Salesforce; ``prefix`` tells the object type."""
    return prefix + "".join(
        rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", k=15)
    )


class RequestIds:
    """Request ids like ``4al018gzaztcr8nbukw`` (OpenAPI document): unique, and the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = 0

    def next(self) -> str:
        """The id of the next request: 19 characters of base 36."""
        self._number += 1
        digest = hashlib.blake2b(f"{self._seed}:{self._number}".encode(), digest_size=13).digest()
        number = int.from_bytes(digest, "big")
        letters = []
        for _ in range(19):
            number, rest = divmod(number, 36)
            letters.append(_ALPHABET[rest])
        return "".join(letters)
