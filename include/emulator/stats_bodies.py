"""Bodies of the statistics and of tasks, as the OpenAPI document has them. Unknown fields are ignored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.emulator.bodies import RequestBody

Period = Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]


class UsersAndDates(RequestBody):
    """``filter`` of the statistics by user. The document's ``created…DateTime`` have no known meaning."""

    from_date: str
    to_date: str
    created_from_date_time: str | None = None
    created_to_date_time: str | None = None
    user_ids: list[str] | None = None


class StatsBody(RequestBody):
    """Body of the statistics by user."""

    cursor: str | None = None
    filter: UsersAndDates


class ByPeriodBody(StatsBody):
    """Body of the statistics by period: the period stands beside the filter."""

    aggregation_period: Period


class AnsweredFilter(RequestBody):
    """``filter`` of answered scorecards; without ``review_method`` only manual reviews are listed."""

    call_from_date: str | None = None
    call_to_date: str | None = None
    review_from_date: str | None = None
    review_to_date: str | None = None
    review_method: Literal["AUTOMATIC", "MANUAL", "BOTH"] = "MANUAL"
    reviewed_user_ids: list[str] | None = None
    scorecard_ids: list[str] | None = None


class AnsweredBody(RequestBody):
    """Body of ``POST /v2/stats/activity/scorecards``."""

    cursor: str | None = None
    filter: AnsweredFilter


class TasksFilter(RequestBody):
    """``filter`` of tasks: everything but the workspace is required."""

    user_id: str
    workspace_id: str | None = None
    types: Annotated[list[Literal["FLOW", "MANUAL"]], Field(min_length=1)]
    task_action: Annotated[list[Literal["CALL"]], Field(min_length=1)]
    status: Annotated[list[Literal["OPEN", "DONE", "DISMISSED"]], Field(min_length=1)]


class TasksBody(RequestBody):
    """Body of ``POST /v2/tasks``."""

    filter: TasksFilter
