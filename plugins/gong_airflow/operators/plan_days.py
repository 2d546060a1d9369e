"""Plans a run over days of the company, for the one request that tells its time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from gong_airflow.errors import GongConfigurationError, GongError, GongInputError
from gong_airflow.operators.base import GongOperator
from gong_airflow.operators.plan import give_way
from gong_airflow.planning import (
    Windows,
    day_window,
    days_of_run,
    kept_days,
    planned_at,
    snapshots,
    with_parents,
)
from gong_airflow.streams import STREAMS
from gong_airflow.unread import lacking, sentence
from gong_airflow.watermark import watermark_key

PERIODS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
PROBE = STREAMS["activity_aggregate"]
# The last place on earth where a day begins: its date lies in nobody's future.
LAST_ZONE = timezone(timedelta(hours=-12))


class GongPlanDaysOperator(GongOperator):
    """Returns a window for each stream and its parents, see `gong_airflow.planning`.

    Days are the company's. Its time zone stands in no operation but the answers of the aggregate
    statistics, so the plan asks for those of one day. Each stream goes on from its own watermark in the
    state store of the task's only inlet.

    :param streams: streams of the company's days
    :param start: YYYY-MM-DD, or empty
    :param end: YYYY-MM-DD, exclusive, or empty for today
    :param look_back: days that a scheduled run reads again
    :param initial: days that the very first run reads
    :param period: calendar period of `activity_by_period`: DAY, WEEK, MONTH, QUARTER or YEAR
    :param time_zone: used when Gong does not tell, e.g. for want of the scope; empty for none
    :param not_before: how long records are kept: no older day is read, and days that are older altogether are
        refused; None: for ever
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "streams", "start", "end")

    def __init__(
        self,
        *,
        streams: Sequence[str],
        start: str | None = None,
        end: str | None = None,
        look_back: int = 3,
        initial: int = 30,
        period: str = "WEEK",
        time_zone: str = "",
        not_before: timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.streams = streams
        self.start = start
        self.end = end
        self.look_back = look_back
        self.initial = initial
        self.period = period
        self.time_zone = time_zone
        self.not_before = not_before

    def work(self, context: Any) -> Windows:
        """One request, then the windows."""
        if self.period not in PERIODS:
            raise GongConfigurationError(
                f"There is no calendar period {self.period[:20]!r}",
                remedy=f"Set GONG_ACTIVITY_PERIOD to one of {', '.join(PERIODS)}",
            )
        give_way(context)
        moment = planned_at()
        zone = self._zone(context)
        now = datetime.now(zone)
        names = with_parents(self.streams)
        store = context["asset_state_store"][self.inlets[0]]
        windows = snapshots((name for name in names if not STREAMS[name].of_days), moment)
        for name in names:
            if STREAMS[name].of_days:
                days = days_of_run(
                    context,
                    today=now.date(),
                    start=self.start,
                    end=self.end,
                    watermark=store.get(watermark_key(name)),
                    look_back=self.look_back,
                    initial=self.initial,
                )
                days = kept_days(days, now, self.not_before)
                windows[name] = {**day_window(name, moment, days, zone), "period": self.period}
                self.log.info("Reading %s", windows[name]["name"])
        return windows

    def _zone(self, context: Any) -> tzinfo:
        """The company's time zone, as far as it can be found."""
        last = datetime.now(LAST_ZONE).date()
        try:
            name = self._told(last - timedelta(days=1), last) or self._told(last - timedelta(days=60), last)
        except GongError as error:
            refusal = lacking(PROBE, error, context["ti"].try_number)
            if refusal is None:
                raise
            self.log.warning("The company's time zone is not known: %s.", sentence(refusal))
            name = None
        if name or self.time_zone:
            return _zone_of(name or self.time_zone)
        self.log.warning(
            "Gong does not tell the company's time zone, so days are those of UTC-12, which are over "
            "everywhere. Set GONG_TIME_ZONE to the company's time zone"
        )
        return LAST_ZONE

    def _told(self, first: date, last: date) -> str | None:
        """The time zone in the answer for some days; without any activity there may be none."""
        dates = {"fromDate": first.isoformat(), "toDate": last.isoformat()}
        try:
            answer = self.hook.call(PROBE.operation, json={"filter": dates})
        except GongInputError as error:
            if error.status != 404:
                raise
            return None
        name = answer.body.get("timeZone")
        return str(name) if name else None


def _zone_of(name: str) -> tzinfo:
    import pendulum

    try:
        return pendulum.timezone(name)
    except Exception:  # noqa: BLE001 - pendulum raises different kinds
        raise GongConfigurationError(
            f"There is no time zone {name[:40]!r}", remedy="Set GONG_TIME_ZONE to a name like Europe/Berlin"
        ) from None
