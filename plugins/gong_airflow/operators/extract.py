"""Extracts one window of a stream into the landing zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gong_airflow.cursors import CursorStore
from gong_airflow.errors import GongError
from gong_airflow.landing import Landing
from gong_airflow.operators.base import GongOperator
from gong_airflow.streams import STREAMS
from gong_airflow.unread import NOT_READ, lacking, sentence


class GongExtractOperator(GongOperator):
    """Reads a window page by page, each page followed by what belongs to exactly its records.

    The cursor lives in an XCom of the task that planned the window, so a retry, also after `kill -9`,
    goes on with the page at which the last try was. Returns counts and references, never records:
    `{"window", "records", "manifest", "traffic"}`.

    :param window: one of the windows that `GongPlanOperator` returns, or of `gong_airflow.planning`. None
        skips the task: its stream was not asked for
    :param landing: where records land, see `gong_airflow.landing.Landing`
    :param plan_task_id: the task that returned the windows
    :param switches: parts of a call to ask for, see `gong_airflow.selectors.PARTS`; None for all.
        "transcripts" among them (or None) reads the transcripts too
    :param content_selector: Gong's own `contentSelector` instead of `switches`
    :param include_private: land private records too
    :param skip_when_refused: skip the task when Gong refuses the stream for want of a scope or a product,
        see `gong_airflow.unread`
    :param query: query parameters besides those that the stream declares
    :param ids_param: the parameter of the run that holds the ids to read. Its name and not its value, as an
        id may be an e-mail address, and Airflow keeps rendered fields
    :param only: of the items of the stream, those of which this holds, e.g. `{"object_type": "CONTACT"}`
    """

    template_fields: Sequence[str] = (
        *GongOperator.template_fields,
        "window",
        "switches",
        "content_selector",
        "include_private",
        "only",
    )

    def __init__(
        self,
        *,
        window: Mapping[str, Any],
        landing: Landing,
        plan_task_id: str = "plan_windows",
        switches: Sequence[str] | None = None,
        content_selector: Mapping[str, Any] | None = None,
        include_private: bool | str = False,
        skip_when_refused: bool = False,
        query: Mapping[str, str] | None = None,
        ids_param: str | None = None,
        only: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.window = window
        self.landing = landing
        self.plan_task_id = plan_task_id
        self.switches = switches
        self.content_selector = content_selector
        self.include_private = include_private
        self.skip_when_refused = skip_when_refused
        self.query = query
        self.ids_param = ids_param
        self.only = only

    @property
    def label(self) -> str:
        """For `map_index_template`: the window's name and, after a failed attempt, why."""
        return f"{self.window['name']}{self.why_not}"[:250]

    def work(self, context: Any) -> dict[str, Any]:
        """Read the window to its end."""
        from airflow.sdk.exceptions import AirflowSkipException

        if not self.window:
            raise AirflowSkipException("Not asked for")
        try:
            manifest = self._reader(context).read()
        except GongError as error:
            refusal = lacking(STREAMS[self.window["stream"]], error, context["ti"].try_number)
            if refusal is None or not self.skip_when_refused:
                raise
            context["ti"].xcom_push(key=NOT_READ, value=refusal)
            raise AirflowSkipException(sentence(refusal)) from error
        records = manifest["records"]
        self.log.info("Window %s is complete: %s", self.window["name"], records)
        return {"window": self.window["name"], "records": records, "traffic": self.hook.traffic.as_dict()}

    def _reader(self, context: Any) -> Any:
        from gong_airflow.extraction import WindowReader
        from gong_airflow.parents import items_for

        stream = STREAMS[self.window["stream"]]
        body, facts, follow_up = self._content()
        ids = [str(one).strip() for one in context["params"][self.ids_param] or ()] if self.ids_param else []
        return WindowReader(
            stream=stream,
            window=self.window,
            call=self.hook.call,
            landing=self.landing,
            store=CursorStore(context, plan_task_id=self.plan_task_id, window=self.window),
            items=items_for(stream, self.window, self.landing, ids=ids, only=self.only),
            body=body,
            query=self.query,
            include_private=str(self.include_private).lower() == "true",
            follow_up=follow_up,
            facts=facts,
        )

    def _content(self) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """The request's members beside the filter, the manifest's facts, and whether transcripts are read."""
        from gong_airflow.selectors import ALL_PARTS, PARTS, content_selector, parts_in, parts_of

        if self.window["stream"] != "calls":
            return {}, {}, True
        switches = [*PARTS, "transcripts"] if self.switches is None else list(self.switches)
        selector = self.content_selector or content_selector(
            parts_of(s for s in switches if s != "transcripts")
        )
        parts = parts_in(selector)
        facts = {"parts": list(parts), "partial": parts != ALL_PARTS}
        return {"contentSelector": dict(selector)}, facts, "transcripts" in switches
