"""Each shape of a stream gives what is declared, of records as Gong sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from warehouse_records import at
from warehouse_streams import Memory, StreamLander, page

from include.warehouse import feeding, shaping
from include.warehouse.declaration import DELETED, FIRST_SEEN, SYNCED, Table
from include.warehouse.streams import BY_STREAM, FEEDS, STREAM_TABLES
from include.warehouse.tables import ALL, BY_NAME
from include.warehouse.workspace import SHAPES, Workspace

NUMBER = 12345678901234567890
OF_DAY = {"from_date": "2026-11-02", "to_date": "2026-11-03"}
COUNTS = [name for name, kind in BY_NAME["user_activity_aggregate"].columns.items() if kind == "bigint"]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@pytest.fixture
def empty(stream_workspace: Workspace) -> Iterator[Workspace]:
    feeding.begin(stream_workspace)
    stream_workspace.step("5_feed")
    yield stream_workspace


@pytest.mark.parametrize("table", STREAM_TABLES, ids=lambda table: table.name)
def test_a_shape_gives_exactly_the_declared_columns_and_types(empty: Workspace, table: Table) -> None:
    types = {"TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR": "text", "BOOLEAN": "bool"}
    described = empty.run(f"DESCRIBE {shaping.shape(table)}")
    given = [(name, types.get(kind, kind.lower())) for name, kind, *_ in described]
    assert given == [("turn", "bigint"), *((n, table.columns[n]) for n in (*table.key, *table.content))]
    assert list(table.columns)[: len(table.key)] == list(table.key)
    times = [FIRST_SEEN, SYNCED, DELETED] if table.name != "audit_log" else [SYNCED]
    assert list(table.columns)[-len(times) :] == times
    assert set(table.indexed) <= set(table.columns)


def test_every_table_and_every_stream_is_declared_once() -> None:
    assert len(BY_NAME) == len(ALL)
    assert len(BY_STREAM) == sum(len(feed.streams) for feed in FEEDS)
    shapes = {file.stem for file in (SHAPES / "streams").iterdir()}
    assert shapes == {table.name for table in STREAM_TABLES}
    for feed in FEEDS:
        for column in feed.scope.columns:
            assert column in feed.tables[0].columns
        if feed.scope.kind in ("days", "shown"):
            assert len(feed.streams) == 1


FULL: list[tuple[str, dict[str, Any], dict[str, list[dict[str, Any]]]]] = [
    (
        "users",
        page(
            {
                "id": NUMBER, "emailAddress": "a@x.test", "trustedEmailAddress": "t@x.test", "firstName": "A",
                "lastName": "B", "title": "", "phoneNumber": "+1", "extension": "7", "active": True,
                "created": "2026-06-10T21:50:07.428+02:00", "managerId": "null",
                "meetingConsentPageUrl": "https://x.test/c", "emailAliases": ["b@x.test", "b@x.test"],
                "personalMeetingUrls": ["https://x.test/m"],
                "settings": {
                    "webConferencesRecorded": True, "preventWebConferenceRecording": False,
                    "telephonyCallsImported": True, "emailsImported": False, "preventEmailImport": True,
                    "nonRecordedMeetingsImported": False, "gongConnectEnabled": True,
                },
                "spokenLanguages": [{"language": "en-US", "primary": True}, {"language": "es"}],
                "conferencingProviders": ["new"],
            }
        ),
        {
            "users": [
                {
                    "id": str(NUMBER), "email_address": "a@x.test", "trusted_email_address": "t@x.test",
                    "first_name": "A", "last_name": "B", "title": "", "phone_number": "+1", "extension": "7",
                    "active": True, "created": "2026-06-10T19:50:07.428000+00:00", "manager_id": None,
                    "meeting_consent_page_url": "https://x.test/c", "web_conferences_recorded": True,
                    "prevent_web_conference_recording": False, "telephony_calls_imported": True,
                    "emails_imported": False, "prevent_email_import": True,
                    "non_recorded_meetings_imported": False, "gong_connect_enabled": True,
                }
            ],
            "user_email_alias": [{"email": "b@x.test", "user_id": str(NUMBER)}],
            "user_meeting_url": [{"url": "https://x.test/m", "user_id": str(NUMBER)}],
            "user_spoken_language": [
                {"language": "en-US", "user_id": str(NUMBER), "is_primary": True},
                {"language": "es", "user_id": str(NUMBER), "is_primary": None},
            ],
        },
    ),
    (
        "user_settings_history",
        page({"setting": "active", "value": False, "time": "2026-11-01T00:00:00Z"}, of={"user_id": "1"}),
        {
            "user_setting_history": [
                {"setting": "active", "time": "2026-11-01T00:00:00+00:00", "user_id": "1", "value": False}
            ]
        },
    ),
    (
        "workspaces",
        page({"id": "1", "name": "West", "description": None}),
        {"workspace": [{"id": "1", "name": "West", "description": None}]},
    ),
    (
        "scorecards",
        page(
            {
                "scorecardId": "5", "scorecardName": "Discovery", "workspaceId": 6, "enabled": "true",
                "updaterUserId": "-1", "created": "2023-10-17T21:21:31+02:00", "updated": None,
                "reviewMethod": "AUTOMATIC",
                "questions": [
                    {
                        "questionId": "8", "questionRevisionId": 9, "questionText": "How?",
                        "isOverall": False, "questionType": "RANGE", "answerGuide": "Well",
                        "minRange": "1", "maxRange": 5.0,
                        "created": "2026-11-01T00:00:00Z", "updated": "2026-11-02T00:00:00Z",
                        "updaterUserId": 3, "answerOptions": [{"id": 1, "text": "Yes"}],
                    }
                ],
            }
        ),
        {
            "scorecard": [
                {
                    "id": "5", "name": "Discovery", "workspace_id": "6", "enabled": True,
                    "updater_user_id": "-1", "created": "2023-10-17T19:21:31+00:00", "updated": None,
                    "review_method": "AUTOMATIC",
                }
            ],
            "scorecard_question": [
                {
                    "question_id": "8", "scorecard_id": "5", "question_revision_id": "9",
                    "question_text": "How?", "is_overall": False, "question_type": "RANGE",
                    "answer_guide": "Well", "min_range": 1.0, "max_range": 5.0,
                    "created": "2026-11-01T00:00:00+00:00", "updated": "2026-11-02T00:00:00+00:00",
                    "updater_user_id": "3",
                }
            ],
            "scorecard_question_option": [{"question_id": "8", "id": "1", "text": "Yes"}],
        },
    ),
    (
        "trackers",
        page(
            {
                "trackerId": "5", "trackerName": "Price", "workspaceId": "6", "affiliation": "Anyone",
                "partOfQuestion": False, "saidAt": "First", "saidAtInterval": 5, "saidAtUnit": "Minutes",
                "saidInTopics": ["A", None, "B"], "filterQuery": '{"type":"And"}',
                "created": "2023-10-17T21:21:31.816562+02:00", "updated": "2026-11-01T00:00:00Z",
                "creatorUserId": "null", "updaterUserId": "3",
                "languageKeywords": [
                    {"language": "eng", "keywords": ["cost", "price"], "includeRelatedForms": True},
                    {"language": "mul", "keywords": []},
                ],
            }
        ),
        {
            "tracker": [
                {
                    "tracker_id": "5", "name": "Price", "workspace_id": "6", "affiliation": "Anyone",
                    "part_of_question": False, "said_at": "First", "said_at_interval": 5,
                    "said_at_unit": "Minutes", "said_in_topics": "A\nB", "filter_query": '{"type":"And"}',
                    "created": "2023-10-17T19:21:31.816562+00:00", "updated": "2026-11-01T00:00:00+00:00",
                    "creator_user_id": None, "updater_user_id": "3",
                }
            ],
            "tracker_language": [
                {"language": "eng", "tracker_id": "5", "include_related_forms": True},
                {"language": "mul", "tracker_id": "5", "include_related_forms": None},
            ],
            "tracker_keyword": [
                {"tracker_id": "5", "language": "eng", "keyword": "cost"},
                {"tracker_id": "5", "language": "eng", "keyword": "price"},
            ],
        },
    ),
    (
        "library_folders",
        page(
            {"id": 1, "name": "Best", "parentFolderId": None, "createdBy": "2", "updated": "x"},
            of={"workspace_id": "6"},
        ),
        {
            "library_folder": [
                {
                    "id": "1", "name": "Best", "parent_folder_id": None, "created_by": "2", "updated": None,
                    "workspace_id": "6",
                }
            ]
        },
    ),
    (
        "library_folder_content",
        page(
            {
                "id": "4", "title": "Call", "note": "", "addedBy": "2", "created": "2026-11-01T00:00:00Z",
                "url": "https://x.test/4", "snippet": {"fromSec": 305, "toSec": 900},
            },
            of={"folder_id": "1"},
        ),
        {
            "call_in_folder": [
                {
                    "call_id": "4", "library_folder_id": "1", "title": "Call", "note": "", "added_by": "2",
                    "created": "2026-11-01T00:00:00+00:00", "url": "https://x.test/4",
                    "snippet_from_sec": 305, "snippet_to_sec": 900,
                }
            ]
        },
    ),
    (
        "call_outcomes",
        page(
            {
                "callOutcome": "Busy", "displayOrder": 1, "connectStatus": "NOT_CONNECTED",
                "sentiment": "NEUTRAL", "todoAction": "COMPLETE", "automation": None,
                "category": "NOT_ANSWERED",
            }
        ),
        {
            "call_outcome": [
                {
                    "name": "Busy", "display_order": 1, "connect_status": "NOT_CONNECTED",
                    "sentiment": "NEUTRAL", "todo_action": "COMPLETE", "automation": None,
                    "category": "NOT_ANSWERED",
                }
            ]
        },
    ),
    (
        "permission_profile_users",
        page({"id": "1", "fullName": "A B", "emailAddress": "a@x.test"}, of={"profile_id": "2"}),
        {
            "permission_profile_user": [
                {"profile_id": "2", "user_id": "1", "full_name": "A B", "email_address": "a@x.test"}
            ]
        },
    ),
    (
        "flows",
        page(
            {
                "id": "1", "name": "F", "folderId": "2", "folderName": "D", "visibility": "Shared",
                "creationDate": "2026-11-01T00:00:00Z", "exclusive": True,
            },
            of={"user_id": "1"},
        ),
        {
            "engage_flow": [
                {
                    "id": "1", "name": "F", "folder_id": "2", "folder_name": "D", "visibility": "Shared",
                    "creation_date": "2026-11-01T00:00:00+00:00", "exclusive": True,
                }
            ]
        },
    ),
    (
        "flow_folders",
        page(
            {"id": "1", "name": "D", "parentFolderId": "null", "createdById": "null", "visibility": "null"},
            of={"user_id": "1"},
        ),
        {
            "engage_flow_folder": [
                {"id": "1", "name": "D", "parent_folder_id": None, "created_by_id": None, "visibility": None}
            ]
        },
    ),
    (
        "crm_integrations",
        page({"integrationId": NUMBER, "name": "CRM", "ownerEmail": "a@x.test"}),
        {"crm": [{"integration_id": str(NUMBER), "name": "CRM", "owner_email": "a@x.test"}]},
    ),
    (
        "crm_schema_fields",
        page(
            {
                "key": "DEAL",
                "value": [
                    {
                        "uniqueName": "stage", "label": "Stage", "type": "PICKLIST", "isDeleted": False,
                        "lastModified": "2020-12-17T13:45:01Z", "referenceTo": None,
                        "orderedValueList": ["a", "b"],
                    },
                    {"name": "amount"},
                ],
            },
            of={"integration_id": "7", "object_type": "DEAL"},
        ),
        {
            "deal_entity_schema": [
                {
                    "name": "amount", "integration_id": "7", "label": None, "type": None,
                    "last_modified": None,
                    "is_deleted": None, "reference_to": None, "ordered_value_list": None,
                },
                {
                    "name": "stage", "integration_id": "7", "label": "Stage", "type": "PICKLIST",
                    "last_modified": "2020-12-17T13:45:01+00:00", "is_deleted": False, "reference_to": None,
                    "ordered_value_list": "a\nb",
                },
            ],
            "account_entity_schema": [],
            "contact_entity_schema": [],
            "lead_entity_schema": [],
        },
    ),
    (
        "activity_aggregate",
        page(
            {"userId": "1", "userAggregateActivityStats": {camel(n): i for i, n in enumerate(COUNTS)}},
            of=OF_DAY,
            answer={"timeZone": "US/Pacific"},
        ),
        {
            "user_activity_aggregate": [
                {
                    "user_id": "1", "from_date": "2026-11-02", "to_date": "2026-11-03",
                    "time_zone": "US/Pacific", **{n: i for i, n in enumerate(COUNTS)},
                }
            ]
        },
    ),
    (
        "activity_by_period",
        page(
            {
                "userId": "1",
                "userAggregateActivity": [
                    {
                        "fromDate": "2026-11-02T00:00:00-08:00", "toDate": "2026-11-09",
                        **{camel(n): i for i, n in enumerate(COUNTS)},
                    }
                ],
            },
            of={"from_date": "2026-11-02", "to_date": "2026-11-20", "period": "WEEK"},
        ),
        {
            "user_activity_by_period": [
                {
                    "user_id": "1", "period": "WEEK", "from_date": "2026-11-02", "to_date": "2026-11-09",
                    **{n: i for i, n in enumerate(COUNTS)},
                }
            ]
        },
    ),
    (
        "activity_day_by_day",
        page(
            {
                "userId": "1",
                "userDailyActivityStats": [
                    {"fromDate": "2026-11-02", **{camel(n): [str(i)] for i, n in enumerate(COUNTS)}}
                ],
            },
            of=OF_DAY,
        ),
        {
            "user_activity_day": [
                {"user_id": "1", "from_date": "2026-11-02", "activity": n, "call_id": str(i)}
                for n, i in sorted((n, i) for i, n in enumerate(COUNTS))
            ]
        },
    ),
    (
        "interaction_stats",
        page(
            {"userId": "1", "personInteractionStats": [{"name": "Patience", "value": 1.5}]},
            of=OF_DAY,
            answer={"timeZone": "US/Pacific"},
        ),
        {
            "user_interaction": [
                {
                    "user_id": "1", "from_date": "2026-11-02", "name": "Patience", "to_date": "2026-11-03",
                    "time_zone": "US/Pacific", "value": 1.5,
                }
            ]
        },
    ),
    (
        "answered_scorecards",
        page(
            {
                "answeredScorecardId": NUMBER, "scorecardId": "5", "scorecardName": "D", "callId": "4",
                "callStartTime": "2026-11-01T00:00:00Z", "reviewedUserId": "1", "reviewerUserId": None,
                "reviewMethod": "AUTOMATIC", "editorUserId": 2, "reviewTime": "2026-11-02T10:00:00Z",
                "visibilityType": "PUBLIC",
                "answers": [
                    {
                        "questionId": "8", "questionRevisionId": 9, "isOverall": True, "score": 4,
                        "answerText": "Fine", "notApplicable": False, "selectedOptions": [1, "2"],
                    }
                ],
            },
            of=OF_DAY,
        ),
        {
            "answered_scorecard": [
                {
                    "answered_scorecard_id": str(NUMBER), "scorecard_id": "5", "scorecard_name": "D",
                    "call_id": "4", "call_start_time": "2026-11-01T00:00:00+00:00", "reviewed_user_id": "1",
                    "reviewer_user_id": None, "review_method": "AUTOMATIC", "editor_user_id": "2",
                    "review_time": "2026-11-02T10:00:00+00:00", "visibility_type": "PUBLIC",
                }
            ],
            "answered_scorecard_answer": [
                {
                    "answered_scorecard_id": str(NUMBER), "question_id": "8", "question_revision_id": "9",
                    "is_overall": True, "score": 4.0, "answer_text": "Fine", "not_applicable": False,
                    "selected_options": "1\n2",
                }
            ],
        },
    ),
    (
        "coaching",
        page(
            {
                "manager": None,
                "directReportsMetrics": [
                    {"report": {"id": "3"}, "metrics": {"Calls reviewed": ["1", 2], "Plain": "x", "None": []}}
                ],
            },
            of={"workspace_id": "1", "manager_id": "2"},
        ),
        {
            "coaching": [
                {"workspace_id": "1", "manager_id": "2", "user_id": "3", "metric": metric, "value": value}
                for metric, value in (("Calls reviewed", "1"), ("Calls reviewed", "2"), ("Plain", "x"))
            ]
        },
    ),
    (
        "tasks",
        page(
            {
                "id": NUMBER, "userId": 3, "status": "OPEN", "type": "FLOW", "actions": ["CALL"],
                "title": "T",
                "created": "2026-11-01T00:00:00Z", "updated": "2026-11-02T00:00:00Z",
                "dueDate": "2026-11-03T00:00:00Z", "account": {"crmId": "A1", "name": "Acme"},
                "opportunity": {"crmId": "O1", "name": "Big"},
                "flow": {"id": 5, "name": "F", "step": {"id": 6, "name": "S", "stepNumber": 2}},
                "contact": {"crmId": "C1", "type": "LEAD"},
                "priority": {"id": 1, "name": "High", "weight": 10},
            },
            of={"user_id": "3"},
            answer={"crmType": "SALESFORCE"},
        ),
        {
            "engage_task": [
                {
                    "id": str(NUMBER), "user_id": "3", "status": "OPEN", "type": "FLOW", "actions": "CALL",
                    "title": "T", "created": "2026-11-01T00:00:00+00:00",
                    "updated": "2026-11-02T00:00:00+00:00", "due_date": "2026-11-03T00:00:00+00:00",
                    "account_crm_id": "A1", "account_name": "Acme", "opportunity_crm_id": "O1",
                    "opportunity_name": "Big", "flow_id": "5", "flow_name": "F", "flow_step_id": "6",
                    "flow_step_name": "S", "flow_step_number": 2, "contact_crm_id": "C1",
                    "contact_type": "LEAD", "priority_id": "1", "priority_name": "High",
                    "priority_weight": 10, "crm_type": "SALESFORCE",
                }
            ]
        },
    ),
    (
        "crm_objects",
        page(
            {"key": "d 1", "value": {"name": "A", "a.b\"c": 5, "empty": None, "many": ["x"]}},
            {"key": "d2", "value": None},
            of={"integration_id": "7", "object_type": "DEAL", "batch": "0"},
        ),
        {
            "entity_value": [
                {
                    "object_id": "d 1", "object_type": "DEAL", "integration_id": "7", "name": name,
                    "value": value,
                }
                for name, value in (("a.b\"c", "5"), ("empty", None), ("many", '["x"]'), ("name", "A"))
            ]
        },
    ),
    (
        "call_user_access",
        page({"callId": NUMBER, "users": [{"userId": 1}]}, of={"batch": "0"}),
        {"call_user_access": [{"call_id": str(NUMBER), "user_id": "1"}]},
    ),
    (
        "flow_assignments",
        page(
            {
                "flowId": "1", "flowName": "F", "crmProspectId": "C1", "flowInstanceId": "9",
                "flowInstanceOwnerEmail": "a@x.test", "flowInstanceOwnerFullName": "A B",
                "flowInstanceCreateDate": "2026-11-01T00:00:00Z", "flowInstanceStatus": "Running",
                "workspaceId": "6", "exclusive": False,
            },
            of={"batch": "0"},
        ),
        {
            "engage_flow_assignment": [
                {
                    "flow_instance_id": "9", "flow_id": "1", "flow_name": "F", "crm_prospect_id": "C1",
                    "flow_instance_owner_email": "a@x.test", "flow_instance_owner_full_name": "A B",
                    "flow_instance_create_date": "2026-11-01T00:00:00+00:00",
                    "flow_instance_status": "Running", "workspace_id": "6", "exclusive": False,
                }
            ]
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "answer", "expected"), FULL, ids=[stream for stream, *_ in FULL])
def test_a_full_record(
    streams: StreamLander, memory: Memory, stream: str, answer: Any, expected: dict[str, Any]
) -> None:
    memory.load(streams.land(stream, at(10), pages=[answer]))
    assert set(expected) == {table.name for table in BY_STREAM[stream].tables}
    for table, rows in expected.items():
        content = [{k: _text(v) for k, v in row.items() if k[0] != "_"} for row in memory.rows(table)]
        assert content == rows
    assert memory.set_aside == 0


def _text(value: Any) -> Any:
    """Dates as text."""
    return value if value is None or isinstance(value, str | int | float) else str(value)


def test_a_permission_profile(streams: StreamLander, memory: Memory) -> None:
    flags = [name for name, kind in BY_NAME["permission_profile"].columns.items() if kind == "bool"][:43]
    members = {camel(name).replace("ToCsv", "ToCSV"): number % 2 == 0 for number, name in enumerate(flags)}
    level = {"permissionLevel": "managers-team", "teamLeadIds": ["8", 9]}
    record = {
        "id": "1", "name": "P", "description": "D", **members,
        "callsAccess": level, "dealsAccess": {"permissionLevel": "all"},
        "forecastPermissions": {"forecastAccess": level, "forecastEditTargets": {"permissionLevel": "own"}},
        "libraryFolderAccess": {
            "permissionLevel": "specific-folders", "libraryFolderIds": ["5"], "managePublicFolder": True,
            "manageStreams": False, "manageFolderCalls": True, "shareFoldersAndStreams": False,
        },
        "emailsAccess": None, "usageAccess": "all",
    }  # fmt: skip
    memory.load(streams.land("permission_profiles", at(10), pages=[page(record, of={"workspace_id": "6"})]))
    [row] = memory.rows("permission_profile")
    assert {name: row[name] for name in flags} == {n: i % 2 == 0 for i, n in enumerate(flags)}
    assert [row[n] for n in ("id", "workspace_id", "library_folder_access_level", "manage_streams")] == [
        "1", "6", "specific-folders", False,
    ]  # fmt: skip
    access = {row["access"]: row["permission_level"] for row in memory.rows("permission_profile_access")}
    assert access == {
        "calls": "managers-team", "deals": "all", "forecast": "managers-team",
        "forecast_edit_targets": "own", "library_folder": "specific-folders",
    }  # fmt: skip
    assert memory.alive("permission_profile_access_team_lead") == [
        ("1", "calls", "8"), ("1", "calls", "9"), ("1", "forecast", "8"), ("1", "forecast", "9"),
    ]  # fmt: skip
    assert memory.alive("permission_profile_library_folder") == [("1", "5")]
    assert memory.set_aside == 0


def test_the_five_logs(streams: StreamLander, memory: Memory) -> None:
    names = (
        "logs_access",
        "logs_user_activity",
        "logs_call_play",
        "logs_external_access",
        "logs_external_play",
    )
    record = {
        "userId": 5, "impersonatorUserId": "null", "impersonatorCompanyId": "6",
        "eventTime": "2025-06-12T19:55:14.638Z", "logRecord": {"action": "x", "more": [1]},
    }  # fmt: skip
    memory.load(
        *(streams.land(name, at(10), record, record, **{"from": at(1), "to": at(2)}) for name in names)
    )
    rows = memory.rows("audit_log")
    assert sorted(row["log_type"] for row in rows) == [
        "AccessLog", "ExternallySharedCallAccess", "ExternallySharedCallPlay", "UserActivityLog",
        "UserCallPlay",
    ]  # fmt: skip
    assert {len(row["id"]) for row in rows} == {32}
    told = {tuple(v for k, v in row.items() if k not in ("id", "log_type", "_synced_at")) for row in rows}
    assert told == {("2025-06-12T19:55:14.638000+00:00", "5", None, "6", '{"action":"x","more":[1]}')}
