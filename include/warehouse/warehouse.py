"""Landed records and receipts into tables: shape with DuckDB SQL, merge into a destination with dlt."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from include import settings
from include.warehouse.destination import LOCK_TIMEOUT, Target
from include.warehouse.errors import NothingLandedError, VanishedRowsError
from include.warehouse.landed import LandedWindow, all_windows, complete_windows, line_of
from include.warehouse.shield import shielded
from include.warehouse.streams import BY_STREAM, SCOPES
from include.warehouse.tables import CALL_MEDIA, CALLS, CRM_ERRORS, ERASURES, RECORDING_UPLOADS, Table

if TYPE_CHECKING:
    from include.erasure.person import Person
    from include.erasure.suppression import Suppressed
    from include.landing import LandingZone
    from include.retention.limits import Limits

log = logging.getLogger(__name__)


class Warehouse:
    """The tables at one destination.

    :param destination: name of a dlt destination; default: the setting `GONG_DESTINATION`.
    :param conn: an Airflow connection id, or the destination's credentials as a URL (of DuckDB also the
        path of the file); default: the setting `GONG_DESTINATION_CONN_ID`, else dlt's own settings.
    :param lock_timeout: seconds to wait for another load, or while another process holds a DuckDB file.

    Nothing is opened before the first use. One load runs at a time: PostgreSQL and the DuckDB file are
    locked; into other destinations loads must not overlap, as they share the staging dataset.
    """

    def __init__(
        self, destination: str | None = None, conn: str | None = None, *, lock_timeout: float = LOCK_TIMEOUT
    ) -> None:
        self._destination, self._conn, self._lock_timeout = destination, conn, lock_timeout

    def __repr__(self) -> str:
        return f"Warehouse({self._destination!r})"

    @property
    def _target(self) -> Target:
        return Target.resolve(self._destination, self._conn, self._lock_timeout)

    def load_calls(self, landing: LandingZone, windows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Load the complete ones of `windows` into the tables; running it twice changes nothing.

        Returns counts: `windows`, `incomplete` (without a manifest: skipped), `set_aside` (lines that are no
        record), `calls` and `transcripts` by what became of them, `rows` written per table.
        Raises LandedFileError, DestinationError or DestinationLockedError with the tables as they were, and
        VanishedGuardError after everything else has been loaded.
        """
        complete, incomplete = complete_windows(landing, windows)
        counts = {"windows": len(complete), "incomplete": incomplete, **self._load(complete)}
        log.info("loaded %s", counts)
        return counts

    @shielded("Loading calls")
    def _load(self, windows: Sequence[LandedWindow]) -> dict[str, Any]:
        from include.warehouse import admission, changes, shaping, staging
        from include.warehouse.store import Store

        percent = settings.number("GONG_MAX_VANISHED_PERCENT", 50)
        target = self._target
        # Reading and writing under one lock: what was read must still hold when it is written.
        staged = admission.staged(target, lambda fresh, _: staging.stage(fresh, windows))
        with staged as (workspace, set_aside):
            with Store.reading(target) as store:
                guard = changes.plan(workspace, store, percent)
            counts: dict[str, Any] = {"set_aside": set_aside, **changes.summary(workspace), "rows": {}}
            # Where nothing changed nothing is opened for writing: a repeat leaves no trace.
            if shaping.anything(workspace):
                with Store.writing(target) as store:
                    counts["rows"] = store.merge(shaping.batches(workspace), workspace.folder / "dlt")
        if guard:
            raise guard
        return counts

    def load_streams(self, landing: LandingZone, windows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Load the complete ones of `windows`, of any stream but the calls; twice changes nothing.

        Rows that a window should show and does not are marked deleted. Windows may be loaded in any order: an
        older one does not undo what a newer one has told.
        Returns counts: `windows`, `incomplete` (without a manifest: skipped), `set_aside` (lines that are no
        record, and rows without a complete key), `rows` written per table.
        Raises LandedFileError, UnknownStreamError, DestinationError or DestinationLockedError with the tables
        as they were, and VanishedRowsError after everything else has been loaded.
        """
        complete, incomplete = complete_windows(landing, windows)
        counts = {"windows": len(complete), "incomplete": incomplete, **self._load_streams(complete)}
        log.info("loaded %s", counts)
        return counts

    @shielded("Loading streams")
    def _load_streams(self, windows: Sequence[LandedWindow]) -> dict[str, Any]:
        from include.warehouse import admission, stream_load, timeline
        from include.warehouse.store import Store

        percent = settings.number("GONG_MAX_VANISHED_PERCENT", 50)
        target = self._target
        # As for the calls: one lock around reading and writing, and nothing written for nothing.
        staging = admission.staged(target, lambda fresh, _: stream_load.stage(fresh, windows), bool)
        with staging as (workspace, staged):
            counts: dict[str, Any] = {"set_aside": sum(s.set_aside for _, s in staged), "rows": {}}
            if not staged:
                return counts
            with Store.reading(target) as store:
                vanished = stream_load.compare(workspace, store, staged, percent)
            if tables := timeline.changed(workspace, stream_load.tables_of(staged)):
                with Store.writing(target) as store:
                    batches = timeline.batches(workspace, tables)
                    counts["rows"] = store.merge(batches, workspace.folder / "dlt", tables)
        if vanished:
            raise VanishedRowsError(vanished, percent)
        return counts

    def load_recording_uploads(self, receipts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Upsert the receipts of a drop folder into `recording_upload`; running it twice changes nothing.

        Of two receipts of one recording the one that was settled later wins, in one load as in two.
        Returns counts: `receipts`, `set_aside` (receipts without a `recording_id`), `rows` written per table.
        Raises DestinationError or DestinationLockedError with the table as it was.
        """
        records = [line_of(receipt) for receipt in receipts]
        load = shielded("Loading recording uploads")(self._upsert)
        counts = {"receipts": len(records), **load(RECORDING_UPLOADS, records)}
        log.info("loaded %s", counts)
        return counts

    def load_crm_errors(self, records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Upsert rows of `crm_upload_error`, as `include.crm.settling` gives them; twice changes nothing.

        Of two rows with one key the later given wins. Returns counts: `errors`, `set_aside` (rows without a
        key), `rows` written per table. Raises DestinationError or DestinationLockedError with the table as it
        was.
        """
        lines = [line_of(record) for record in records]
        counts = {"errors": len(lines), **shielded("Loading CRM errors")(self._upsert)(CRM_ERRORS, lines)}
        log.info("loaded %s", counts)
        return counts

    def load_call_media(self, receipts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Upsert the receipts of media into `call_media`; running it twice changes nothing.

        Of two receipts of one file the one that was downloaded later wins. Returns counts: `receipts`,
        `set_aside` (receipts without a call or kind), `rows` written per table. Raises DestinationError or
        DestinationLockedError with the table as it was.
        """
        lines = [line_of(receipt) for receipt in receipts]
        counts = {"receipts": len(lines), **shielded("Loading call media")(self._upsert)(CALL_MEDIA, lines)}
        log.info("loaded %s", counts)
        return counts

    def load_erasures(self, records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Upsert rows of `erasure`, one a certificate; twice changes nothing.

        Returns counts: `erasures`, `set_aside` (records without an `erasure_id`), `rows` written per table.
        Raises DestinationError or DestinationLockedError with the table as it was.
        """
        lines = [line_of(record) for record in records]
        counts = {"erasures": len(lines), **shielded("Loading erasures")(self._upsert)(ERASURES, lines)}
        log.info("loaded %s", counts)
        return counts

    @shielded("Looking for calls")
    def calls_of(self, person: Person) -> set[str]:
        """The ids of the calls in which the person takes part, or whose contact or lead the person is."""
        from include.warehouse import erasing
        from include.warehouse.store import Store

        with Store.reading(self._target) as store:
            return erasing.calls_of(store, person)

    @shielded("Counting what the tables hold of a person")
    def survey_person(self, person: Person) -> dict[str, int]:
        """What `purge_person` would remove: `rows`, and `mentions` in texts of other rows."""
        from include.warehouse import erasing
        from include.warehouse.store import Store

        with Store.reading(self._target) as store:
            return erasing.plan(store, person).counts

    @shielded("Removing a person")
    def purge_person(self, person: Person) -> dict[str, int]:
        """Remove the rows of the person and of `person.call_ids`, and blank mentions in all others.

        A DuckDB file and the tables of PostgreSQL are then written anew, so that nothing can be read in their
        free space. Doing it again changes nothing. Returns counts: `rows`, `mentions`.
        Raises DestinationError or DestinationLockedError.
        """
        from include.warehouse import erasing

        counts = erasing.purge(self._target, person)
        log.info("removed %s", counts)
        return counts

    def _upsert(self, table: Table, records: Sequence[str]) -> dict[str, Any]:
        """Upsert records, each a JSON text, into a keyed table."""
        from include.warehouse import admission, keyed
        from include.warehouse.store import Store
        from include.warehouse.workspace import Workspace

        def stage(fresh: Workspace, without: Suppressed) -> int:
            return keyed.stage(fresh, table, admission.admitted(table, records, without))

        target = self._target
        # As for the calls: one lock around reading and writing, and nothing written for nothing.
        staged = admission.staged(target, stage, lambda set_aside: set_aside < len(records))
        with staged as (workspace, set_aside):
            counts: dict[str, Any] = {"set_aside": set_aside, "rows": {}}
            if not (ids := keyed.ids(workspace, table)):
                return counts
            with Store.reading(target) as store:
                keyed.compare(workspace, table, store.keyed(table, ids))
            if keyed.changes(workspace, table):
                with Store.writing(target) as store:
                    batches = keyed.batches(workspace, table)
                    counts["rows"] = store.merge(batches, workspace.folder / "dlt", [table])
        return counts

    @shielded("Removing old rows")
    def remove_old(self, limits: Limits, *, count_only: bool = False) -> dict[str, int]:
        """Remove the rows that are too old, in one step; return how many, by table. See ageing.py.

        Raises DestinationError or DestinationLockedError with the tables as they were.
        """
        from include.warehouse import ageing

        return (ageing.count if count_only else ageing.remove)(self._target, limits)

    @shielded("Rebuilding the tables")
    def rebuild(
        self, landing: LandingZone, receipts: Iterable[Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        """Put what the complete windows of `landing` and `receipts` give in place of all rows, in one step.

        The tables are then what the loads of those windows, in the order of their planning, have given, and
        `recording_upload` has a row per receipt. What there is no window or no receipt for is left as it
        is: tables are not emptied by mistake. So is `crm_upload_error`, which nothing that has landed tells.
        A row that is as it was keeps its `_synced_at`. Rows that are too old by the settings are left out.
        Returns counts: `windows`, `loads` (windows of one planning time, of the calls or of a stream),
        `receipts`, `set_aside` (lines, rows and receipts that are no record), `guarded` (loads or tables in
        which too many rows seemed to have vanished and none was marked), `rows` per table.
        Raises NothingLandedError when there is neither a complete window nor a receipt.
        """
        from include.retention.limits import Limits
        from include.warehouse import admission, ageing, keyed, rebuild, stream_load, timeline
        from include.warehouse.store import Store
        from include.warehouse.workspace import open_workspace

        percent = settings.number("GONG_MAX_VANISHED_PERCENT", 50)
        target = self._target
        # Locked from the start: what a load adds after the windows were listed would be lost.
        with Store.one_load(target), open_workspace() as workspace:
            windows = all_windows(landing, "calls")
            streams = [window for name in BY_STREAM for window in all_windows(landing, name)]
            given = [line_of(receipt) for receipt in receipts or ()]
            records = admission.admitted(RECORDING_UPLOADS, given, admission.suppressed())
            unusable = keyed.stage(workspace, RECORDING_UPLOADS, records)
            tables = [*(CALLS if windows else ()), *([RECORDING_UPLOADS] if len(records) > unusable else ())]
            if not (tables or streams):
                raise NothingLandedError(
                    "No complete window has landed and no recording was settled: there is nothing to rebuild"
                    " the tables from, and they were left as they are. Check GONG_LANDING_URL,"
                    " GONG_RECORDINGS_URL and GONG_DATA_DIR."
                )
            with Store.reading(target) as store:
                keyed.compare(workspace, RECORDING_UPLOADS, store.keyed(RECORDING_UPLOADS))
                scopes = list(store.keyed(SCOPES)) if streams else []
            counts: dict[str, Any] = dict(rebuild.repeat_loads(workspace, windows, percent))
            filled, told = stream_load.rebuild(workspace, streams, scopes, percent)
            for name, number in {"windows": len(streams), "receipts": len(records), **told}.items():
                counts[name] = counts.get(name, 0) + number
            counts["set_aside"] += unusable
            ageing.trim(workspace, [*tables, *filled], Limits.of_settings(datetime.now(timezone.utc)))
            with Store.writing(target) as store:
                uploads = keyed.batches(workspace, RECORDING_UPLOADS, everything=True)
                feeds = timeline.batches(workspace, filled, everything=True)
                batches = itertools.chain(rebuild.batches(workspace), uploads, feeds)
                counts["rows"] = store.merge(
                    batches, workspace.folder / "dlt", [*tables, *filled], replace_all=True
                )
        log.info("rebuilt %s", counts)
        return counts

    @shielded("Counting rows")
    def counts(self) -> dict[str, int]:
        """Rows of every table (0 where it does not exist yet), and `deleted`: calls marked deleted."""
        from include.warehouse.store import Store

        with Store.reading(self._target) as store:
            return store.counts()
