"""The products that the company has bought. Without one, its operations are refused."""

from __future__ import annotations

from dataclasses import dataclass

from include.emulator.errors import ApiError

ABSENT = "Access denied"  # the OpenAPI document's description of 403; the wire text is unknown


@dataclass
class Products:
    """What is there. How an operation tells that its product is absent is up to the operation."""

    engage: bool = True
    coaching: bool = True


def require(present: bool) -> None:
    """Raise 403 unless the product is ``present``."""
    if not present:
        raise ApiError(403, [ABSENT], note="the company lacks the product; see PUT /_emulator/products")
