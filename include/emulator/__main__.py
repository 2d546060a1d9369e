"""``python -m include.emulator``: starts the emulator and serves until it is told to stop."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from datetime import datetime, timezone

from include.emulator.app import create_app
from include.emulator.options import parse
from include.emulator.server import Transports, serve
from include.emulator.state import Emulator


def main() -> None:
    """Read the options, make the data, serve."""
    options = parse(None, datetime.now(timezone.utc))
    gc.set_threshold(50_000, 20, 100)  # rare collections: each one holds the event loop
    emulator = Emulator(options)
    transports: Transports = {}
    app = create_app(emulator, transports)
    sys.stderr.write(f"Gong emulator on http://{options.host}:{options.port}, {options.calls} calls\n")
    with contextlib.suppress(OSError):
        # The real Gong does not share processors with its clients. Late time stamps would look like
        # requests that come too close together. Only root may do this; without, it is a little less exact.
        os.nice(-10)
    with contextlib.suppress(KeyboardInterrupt):
        serve(app, transports, options.host, options.port)


if __name__ == "__main__":
    main()
