"""Errors of the warehouse, typed by what to do about them. None carries a value of a row."""

from __future__ import annotations

from collections.abc import Mapping


class WarehouseError(Exception):
    """A load, rebuild or count did not succeed; the tables are as they were before it.

    `hopeless` errors end the same way however often the task is tried: a person has to look.
    """

    hopeless = False


class LandedFileError(WarehouseError):
    """A complete window lacks a file, or a file cannot be read: land the window again."""

    hopeless = True


class DestinationError(WarehouseError):
    """The destination refused or could not be reached: mend it, then repeat the load."""


class DestinationLockedError(DestinationError):
    """Another process holds the DuckDB file: let that process end, then repeat."""


class NothingLandedError(WarehouseError):
    """A rebuild found no complete window: check the landing zone's address."""


class VanishedGuardError(WarehouseError):
    """More calls are missing than is plausible: none was marked deleted, all else was loaded.

    :param vanished: calls that Gong no longer shows in the loaded windows.
    :param known: calls of those windows in the tables, not marked deleted.
    :param percent: the limit that was exceeded.
    """

    hopeless = True

    def __init__(self, vanished: int, known: int, percent: float) -> None:
        self.vanished, self.known, self.percent = vanished, known, percent
        super().__init__(
            f"Gong no longer shows {vanished} of the {known} known calls in the loaded windows, more than"
            f" {percent:g} %. None was marked deleted; everything else was loaded. Check in Gong whether the"
            " access key still sees those calls: a key that has lost its access gets the same 404 as an empty"
            " window. If the calls are really gone, load once more with GONG_MAX_VANISHED_PERCENT=100."
        )


class VanishedRowsError(VanishedGuardError):
    """The same for tables of streams: `tables` names them, with (rows gone, rows known)."""

    def __init__(self, tables: Mapping[str, tuple[int, int]], percent: float) -> None:
        super().__init__(
            sum(gone for gone, _ in tables.values()), sum(all_ for _, all_ in tables.values()), percent
        )
        self.tables = dict(tables)
        told = ", ".join(
            f"{gone} of the {known} known rows of {name}" for name, (gone, known) in tables.items()
        )
        self.args = (
            f"Gong no longer shows {told}: more than {percent:g} %. None of them was marked deleted;"
            " everything else was loaded. Check in Gong whether the access key still sees them, and whether"
            " the product they belong to is still switched on. If they are really gone, load once more with"
            " GONG_MAX_VANISHED_PERCENT=100.",
        )


class UnknownStreamError(WarehouseError):
    """No table is declared for a stream: declare it in include/warehouse/streams.py."""

    hopeless = True
