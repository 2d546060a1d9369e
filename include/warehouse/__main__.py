"""`python -m include.warehouse counts` and `python -m include.warehouse rebuild`; prints JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys

from include.landing import LandingZone
from include.settings import SettingError
from include.warehouse import Warehouse
from include.warehouse.errors import WarehouseError


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 not done (the reason on standard error)."""
    parser = argparse.ArgumentParser(
        prog="python -m include.warehouse", description="The tables of all flows."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("counts", help="rows of every table")
    rebuild = commands.add_parser("rebuild", help="derive all tables again from what has landed")
    rebuild.add_argument("--landing", metavar="URL", help="landing zone (default: GONG_LANDING_URL)")
    rebuild.add_argument("--recordings", metavar="URL", help="drop folder (default: GONG_RECORDINGS_URL)")
    options = parser.parse_args(arguments)
    try:
        # Airflow writes its log to standard output, where the JSON alone belongs.
        with contextlib.redirect_stdout(sys.stderr):
            if options.command == "counts":
                result = Warehouse().counts()
            else:
                from include.recordings import DropFolder

                receipts = DropFolder(options.recordings).all_receipts()
                result = Warehouse().rebuild(LandingZone(options.landing), receipts)
    except (WarehouseError, SettingError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
