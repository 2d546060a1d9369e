"""The catalogue of streams: what can be read from Gong, by declaration.

A stream names its operation, what it is read for, its array and its key. One operator extracts them all; a
new stream is a new declaration here, a shape in the warehouse and a line in a DAG.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gong_airflow.declaration import PAGE_SIZE, Stream, count_of, member
from gong_airflow.items import Days, EachDay, EachIds, EachOf, EachRecord, EachStretch, Moments, Periods

__all__ = ["PAGE_SIZE", "STREAMS", "Stream", "count_of", "member"]

OBJECT_TYPES = ("ACCOUNT", "CONTACT", "DEAL", "LEAD")
ENGAGE, COACHING = "Gong Engage", "Gong's coaching"


def is_engage_user(user: Mapping[str, Any]) -> bool:
    """Whether flows and tasks can be asked for: an active user who is not flagged as without Engage."""
    return user.get("active") is not False and member(user, ("settings", "gongConnectEnabled")) is not False


def _redacted(record: dict[str, Any]) -> dict[str, Any]:
    # Imported when a log is read: its rules are nothing that a DAG file needs.
    from gong_airflow.redaction import redact_record

    return redact_record(record)


def _each_engage_user(name: str) -> EachRecord:
    return EachRecord("users", "user_id", name, "query", value="emailAddress", only=is_engage_user)


EACH_USER = EachRecord("users", "user_id", "id", "path")
EACH_WORKSPACE = EachRecord("workspaces", "workspace_id", "workspaceId", "query")
EACH_INTEGRATION = EachRecord(
    "crm_integrations", "integration_id", "integrationId", "query", value="integrationId", id="integrationId"
)

TRANSCRIPTS = Stream(
    name="transcripts",
    operation="POST /v2/calls/transcript",
    array="callTranscripts",
    key=("callId",),
    range_in="filter",
    ids_in_filter="callIds",
    scope="api:calls:read:transcript",
)

# /v2/calls/extensive holds all that /v2/calls has, and filters by the time a call started, whereas
# /v2/calls filters web conferences by the scheduled time: two listings would disagree at the edges.
CALLS = Stream(
    name="calls",
    operation="POST /v2/calls/extensive",
    array="calls",
    key=("metaData", "id"),
    time=("metaData", "started"),
    range_in="filter",
    private=("metaData", "isPrivate"),
    signed_urls=(("media",),),
    follow_up=TRANSCRIPTS,
    ids_in_filter="callIds",
    scope="api:calls:read:extensive",
)

DIRECTORY = (
    Stream("users", "GET /v2/users", "users", cursor_in="query", scope="api:users:read"),
    Stream(
        "user_settings_history",
        "GET /v2/users/{id}/settings-history",
        "userSettingsHistory",
        each=(EACH_USER,),
        scope="api:users:read",
    ),
    Stream("workspaces", "GET /v2/workspaces", "workspaces", scope="api:workspaces:read"),
    Stream("scorecards", "GET /v2/settings/scorecards", "scorecards", scope="api:settings:scorecards:read"),
    # Without a workspace it lists the trackers of all.
    Stream("trackers", "GET /v2/settings/trackers", "keywordTrackers", scope="api:settings:trackers:read"),
    # Gong does not say what it lists without a workspace.
    Stream(
        "library_folders",
        "GET /v2/library/folders",
        "folders",
        each=(EACH_WORKSPACE,),
        nothing_is_404=True,
        scope="api:library:read",
    ),
    Stream(
        "library_folder_content",
        "GET /v2/library/folder-content",
        "calls",
        each=(EachRecord("library_folders", "folder_id", "folderId", "query"),),
        scope="api:library:read",
    ),
    Stream("call_outcomes", "GET /v2/call-outcomes", "outcomes", scope="api:call-outcomes:read"),
    Stream(
        "permission_profiles",
        "GET /v2/all-permission-profiles",
        "profiles",
        each=(EACH_WORKSPACE,),
        scope="api:permission-profile:read",
    ),
    Stream(
        "permission_profile_users",
        "GET /v2/permission-profile/users",
        "users",
        each=(EachRecord("permission_profiles", "profile_id", "profileId", "query"),),
        scope="api:users:read",
    ),
    Stream(
        "flows",
        "GET /v2/flows",
        "flows",
        cursor_in="query",
        each=(_each_engage_user("flowOwnerEmail"),),
        scope="api:flows:read",
        product=ENGAGE,
    ),
    Stream(
        "flow_folders",
        "GET /v2/flows/folders",
        "flowsFolders",
        documented_array="flows",
        cursor_in="query",
        each=(_each_engage_user("flowFolderOwnerEmail"),),
        scope="api:flows:read",
        product=ENGAGE,
    ),
    Stream("crm_integrations", "GET /v2/crm/integrations", "integrations", scope="api:crm:integrations:read"),
    Stream(
        "crm_schema_fields",
        "GET /v2/crm/entity-schema",
        "objectTypeToSelectedFields",
        is_map=True,
        each=(
            EACH_INTEGRATION,
            EachOf("object_type", "objectType", OBJECT_TYPES),
        ),
        scope="api:crm:schema",
    ),
)

ACTIVITY = (
    Stream(
        "activity_aggregate",
        "POST /v2/stats/activity/aggregate",
        "usersAggregateActivityStats",
        keeps=("timeZone",),
        each=(EachDay(),),
        nothing_is_404=True,
        scope="api:stats:user-actions",
    ),
    Stream(
        "activity_by_period",
        "POST /v2/stats/activity/aggregate-by-period",
        "usersAggregateActivity",
        each=(Periods(),),
        nothing_is_404=True,
        scope="api:stats:user-actions",
    ),
    Stream(
        "activity_day_by_day",
        "POST /v2/stats/activity/day-by-day",
        "usersDetailedActivities",
        each=(Days(),),
        nothing_is_404=True,
        scope="api:stats:user-actions:detailed",
    ),
    Stream(
        "interaction_stats",
        "POST /v2/stats/interaction",
        "peopleInteractionStats",
        keeps=("timeZone",),
        each=(EachDay(),),
        nothing_is_404=True,
        scope="api:stats:interaction",
    ),
    # Without `reviewMethod` Gong leaves automatic reviews out without a word.
    Stream(
        "answered_scorecards",
        "POST /v2/stats/activity/scorecards",
        "answeredScorecards",
        each=(Days(("reviewFromDate", "reviewToDate")),),
        filter={"reviewMethod": "BOTH"},
        scope="api:stats:scorecards",
    ),
    Stream(
        "coaching",
        "GET /v2/coaching",
        "coachingData",
        each=(
            EachRecord("workspaces", "workspace_id", "workspace-id", "query"),
            EachRecord("users", "manager_id", "manager-id", "query", value="managerId", id="managerId"),
            Moments(("from", "to")),
        ),
        scope="api:coaching:read",
        product=COACHING,
    ),
    Stream(
        "tasks",
        "POST /v2/tasks",
        "tasks",
        each=(EachRecord("users", "user_id", "userId", "filter", only=is_engage_user),),
        # All that the document allows; it wants each of them named.
        filter={"types": ["FLOW", "MANUAL"], "taskAction": ["CALL"], "status": ["OPEN"]},
        keeps=("crmType",),
        scope="api:tasks:read",
        product=ENGAGE,
    ),
)

AUDIT = tuple(
    Stream(
        name,
        "GET /v2/logs",
        "logEntries",
        cursor_in="query",
        each=(EachStretch(),),
        params={"logType": log_type},
        clean=_redacted,
        nothing_is_404=True,
        scope="api:logs:read",
        kept_for=timedelta(days=14) if log_type == "AccessLog" else None,
    )
    for name, log_type in {
        "logs_access": "AccessLog",
        "logs_user_activity": "UserActivityLog",
        "logs_call_play": "UserCallPlay",
        "logs_external_access": "ExternallySharedCallAccess",
        "logs_external_play": "ExternallySharedCallPlay",
    }.items()
)

LOOKUP = (
    Stream(
        "crm_objects",
        "GET /v2/crm/entities",
        "crmObjectsMap",
        is_map=True,
        each=(
            EACH_INTEGRATION,
            EachOf("object_type", "objectType", OBJECT_TYPES),
            EachIds(),
        ),
        scope="api:crm:get-objects",
    ),
    Stream(
        "call_user_access",
        "POST /v2/calls/users-access",
        "callAccessList",
        each=(EachIds("callIds"),),
        scope="api:call-user-access:read",
    ),
    Stream(
        "flow_assignments",
        "POST /v2/flows/prospects",
        "prospectsAssigned",
        each=(EachIds("crmProspectsIds", "body"),),
        scope="api:flows:read",
        product=ENGAGE,
    ),
)

STREAMS: Mapping[str, Stream] = {
    stream.name: stream for stream in (CALLS, TRANSCRIPTS, *DIRECTORY, *ACTIVITY, *AUDIT, *LOOKUP)
}
