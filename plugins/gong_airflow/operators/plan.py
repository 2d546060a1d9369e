"""Plans a run: which range, cut into which windows, for one request at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from gong_airflow.operators.base import GongOperator
from gong_airflow.ranges import Range, iso, kept_part, range_of_run
from gong_airflow.streams import PAGE_SIZE, STREAMS, Stream, count_of, member
from gong_airflow.watermark import WATERMARK
from gong_airflow.windows import calendar, cut, shares


class GongPlanOperator(GongOperator):
    """Chooses the range of a run and returns its windows, see `gong_airflow.windows`.

    The range comes, in this order, from `start` and `end` (the form), from the data interval of a
    backfill, from `days` (a sweep), or from the watermark of the task's only inlet. It sends one
    request, the first page of the stream without content, whose `records.totalRecords` sizes the windows.

    :param stream: name in the catalogue of streams
    :param start: ISO 8601 with zone, or empty
    :param end: ISO 8601 with zone, or empty for now
    :param days: read the last so many days; the watermark does not move
    :param look_back: how far before the watermark a scheduled run begins
    :param initial: how far back the very first run begins
    :param not_before: how long records are kept: nothing older is read, and a range that is older altogether
        is refused; None: for ever
    """

    template_fields: Sequence[str] = (*GongOperator.template_fields, "start", "end", "days")

    def __init__(
        self,
        *,
        stream: str = "calls",
        start: str | None = None,
        end: str | None = None,
        days: float | str | None = None,
        look_back: timedelta = timedelta(days=1),
        initial: timedelta = timedelta(days=30),
        not_before: timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stream = stream
        self.start = start
        self.end = end
        self.days = days
        self.look_back = look_back
        self.initial = initial
        self.not_before = not_before

    def work(self, context: Any) -> list[dict[str, Any]]:
        """One request, then the windows."""
        stream = STREAMS[self.stream]
        give_way(context)
        planned_at = datetime.now(timezone.utc)
        chosen = self._range(context, planned_at.replace(microsecond=0))
        self.log.info(
            "Reading %s of %s to %s: %s", stream.name, iso(chosen.start), iso(chosen.end), chosen.why
        )
        total, sample, request_id = self._count(stream, chosen)
        follow_ups = 1 if stream.follow_up else 0
        parts = shares(total or 0, page_size=PAGE_SIZE, requests_per_page=1 + follow_ups)
        spans = cut(chosen.start, chosen.end, parts, calendar(sample))
        self.log.info("Gong counts %s %s; %d windows", total, stream.name, len(spans))
        # Text, as Airflow takes an XCom of None for a missing one.
        watermark = iso(chosen.watermark) if chosen.watermark else ""
        context["ti"].xcom_push(key=WATERMARK, value=watermark)
        context["ti"].xcom_push(key="traffic", value=self.hook.traffic.as_dict())
        return [
            {
                "stream": stream.name,
                "from": iso(start),
                "to": iso(end),
                "planned_at": planned_at.isoformat(timespec="microseconds"),
                "name": f"{start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC",
                "expected": total,
                "windows": len(spans),
                "plan_request_id": request_id,
            }
            for start, end in spans
        ]

    def _range(self, context: Any, now: datetime) -> Range:
        watermark = context["asset_state_store"][self.inlets[0]].get(WATERMARK) if self.inlets else None
        chosen = range_of_run(
            context,
            now=now,
            start=self.start,
            end=self.end,
            days=self.days,
            watermark=watermark,
            look_back=self.look_back,
            initial=self.initial,
        )
        return kept_part(chosen, now, self.not_before)

    def _count(self, stream: Stream, chosen: Range) -> tuple[int | None, list[datetime], str | None]:
        """Records in the range as Gong counts them (0 for its empty 404), some of their times, request id."""
        answer = self.hook.call(
            stream.operation, **stream.request(start=iso(chosen.start), end=iso(chosen.end))
        )
        if answer.empty:
            return 0, [], answer.request_id
        records = answer.body.get(stream.array)
        times = (
            [member(record, stream.time) for record in records]
            if isinstance(records, list) and stream.time
            else []
        )
        return count_of(member(answer.body, ("records", "totalRecords"))), _moments(times), answer.request_id


def give_way(context: Any) -> None:
    """A scheduled run that finds its predecessor still reading would read the same again.

    :raises AirflowSkipException: the next run reads on from the watermark that the predecessor sets
    """
    from airflow.sdk.exceptions import AirflowSkipException

    if context["dag_run"].run_type != "scheduled":
        return
    before = context["ti"].get_previous_dagrun(state="running")
    if before is not None and before.run_type == "scheduled":
        raise AirflowSkipException(
            f"{before.run_id} is still reading; the next run goes on from where it ends"
        )


def _moments(times: Sequence[Any]) -> list[datetime]:
    """Those of the times that are ISO 8601 with an offset; they size windows, nothing depends on them."""
    moments = []
    for time in times:
        try:
            moment = datetime.fromisoformat(str(time).replace("Z", "+00:00"))
        except ValueError:
            continue
        if moment.tzinfo:
            moments.append(moment)
    return moments
