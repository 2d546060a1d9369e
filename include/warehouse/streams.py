"""The streams beside the calls: which tables each fills, and what a complete read covers.

A new stream needs a line here and a shape per table: `shapes/streams/<table>.sql` selects from `landed` (one
row a record that has landed: `turn`, `stream`, `record` as JSON text, `of` and `answer` as JSON text, `zone`;
see feeding.py) the column `turn` and the declared columns but the times at their end, key first.
"""

from __future__ import annotations

from collections.abc import Mapping

from include.warehouse.declaration import SYNC, Feed, Scope, Table, typed_as
from include.warehouse.declaration import stream_table as _table

_COUNTS = typed_as(
    "bigint",
    "calls_as_host calls_gave_feedback calls_requested_feedback calls_received_feedback"
    " own_calls_listened_to others_calls_listened_to calls_shared_internally calls_shared_externally"
    " calls_scorecards_filled calls_scorecards_received calls_attended calls_comments_given"
    " calls_comments_received calls_marked_as_feedback_given calls_marked_as_feedback_received",
)
_PERMISSIONS = typed_as(
    "bool",
    "score_calls override_score download_call_media share_calls_with_customers"
    " manually_schedule_and_upload_calls private_calls delete_calls trim_calls listen_in_calls"
    " delete_emails calls_and_search library deals create_edit_and_delete_deals_boards"
    " deals_inline_editing account coaching usage team_stats initiatives market activity forecast"
    " forecast_manage engage_manage_company_templates engage_manage_company_sequences"
    " engage_create_and_manage_rulesets engage_snooze_flow_to_dos_for_others"
    " engage_allow_crm_fields_view_change view_engage_analytics_activity"
    " view_engage_analytics_performance view_engage_analytics_flows manage_general_business_settings"
    " manage_scorecards export_calls_and_coaching_data_to_csv crm_data_inline_editing crm_data_import"
    " view_revenue_analytics manage_revenue_analytics engage_reassign_flow_to_dos_to_others"
    " engage_assign_flow_to_dos_to_others deals_data_export ai_builder",
)
_SCHEMA_FIELD = "label type last_modified:timestamp is_deleted:bool reference_to ordered_value_list"

DIRECTORY = (
    Feed(
        ("users",),
        (
            _table(
                "users",
                "id",
                "email_address trusted_email_address first_name last_name title phone_number extension"
                " active:bool created:timestamp manager_id meeting_consent_page_url"
                " web_conferences_recorded:bool prevent_web_conference_recording:bool"
                " telephony_calls_imported:bool emails_imported:bool prevent_email_import:bool"
                " non_recorded_meetings_imported:bool gong_connect_enabled:bool",
            ),
            _table("user_email_alias", "email user_id"),
            _table("user_meeting_url", "url user_id"),
            _table("user_spoken_language", "language user_id", "is_primary:bool"),
        ),
    ),
    Feed(
        ("user_settings_history",),
        (_table("user_setting_history", "setting time:timestamp user_id", "value:bool"),),
    ),
    Feed(("workspaces",), (_table("workspace", "id", "name description"),)),
    Feed(
        ("scorecards",),
        (
            _table(
                "scorecard",
                "id",
                "name workspace_id enabled:bool updater_user_id created:timestamp updated:timestamp"
                " review_method",
            ),
            _table(
                "scorecard_question",
                "question_id",
                "scorecard_id question_revision_id question_text is_overall:bool question_type answer_guide"
                " min_range:double max_range:double created:timestamp updated:timestamp updater_user_id",
            ),
            _table("scorecard_question_option", "question_id id", "text"),
        ),
    ),
    Feed(
        ("trackers",),
        (
            _table(
                "tracker",
                "tracker_id",
                "name workspace_id affiliation part_of_question:bool said_at said_at_interval:bigint"
                " said_at_unit said_in_topics filter_query created:timestamp updated:timestamp"
                " creator_user_id updater_user_id",
            ),
            _table("tracker_language", "language tracker_id", "include_related_forms:bool"),
            _table("tracker_keyword", "tracker_id language keyword"),
        ),
    ),
    Feed(
        ("library_folders",),
        (_table("library_folder", "id", "name parent_folder_id created_by updated:timestamp workspace_id"),),
    ),
    Feed(
        ("library_folder_content",),
        (
            _table(
                "call_in_folder",
                "call_id library_folder_id",
                "title note added_by created:timestamp url snippet_from_sec:bigint snippet_to_sec:bigint",
            ),
        ),
    ),
    Feed(
        ("call_outcomes",),
        (
            _table(
                "call_outcome",
                "name",
                "display_order:bigint connect_status sentiment todo_action automation category",
            ),
        ),
    ),
    Feed(
        ("permission_profiles",),
        (
            _table(
                "permission_profile",
                "id",
                f"workspace_id name description {_PERMISSIONS} library_folder_access_level"
                " manage_public_folder:bool manage_streams:bool manage_folder_calls:bool"
                " share_folders_and_streams:bool",
            ),
            _table("permission_profile_access", "profile_id access", "permission_level"),
            _table("permission_profile_access_team_lead", "profile_id access user_id"),
            _table("permission_profile_library_folder", "profile_id library_folder_id"),
        ),
    ),
    Feed(
        ("permission_profile_users",),
        (_table("permission_profile_user", "profile_id user_id", "full_name email_address"),),
    ),
    Feed(
        ("flows",),
        (
            _table(
                "engage_flow",
                "id",
                "name folder_id folder_name visibility creation_date:timestamp exclusive:bool",
            ),
        ),
    ),
    Feed(
        ("flow_folders",),
        (_table("engage_flow_folder", "id", "name parent_folder_id created_by_id visibility"),),
    ),
    Feed(("crm_integrations",), (_table("crm", "integration_id", "name owner_email"),)),
    Feed(
        ("crm_schema_fields",),
        tuple(
            _table(f"{kind}_entity_schema", "name integration_id", _SCHEMA_FIELD)
            for kind in ("account", "contact", "deal", "lead")
        ),
    ),
)

_DAY = Scope("days", ("from_date",))

ACTIVITY = (
    Feed(
        ("activity_aggregate",),
        (
            _table(
                "user_activity_aggregate",
                "user_id from_date:date",
                f"to_date:date time_zone {_COUNTS}",
                indexed="from_date",
            ),
        ),
        _DAY,
    ),
    Feed(
        ("activity_by_period",),
        (
            _table(
                "user_activity_by_period",
                "user_id period from_date:date",
                f"to_date:date {_COUNTS}",
                indexed="from_date",
            ),
        ),
        Scope("days", ("from_date", "period")),
    ),
    Feed(
        ("activity_day_by_day",),
        (_table("user_activity_day", "user_id from_date:date activity call_id", indexed="from_date"),),
        _DAY,
    ),
    Feed(
        ("interaction_stats",),
        (
            _table(
                "user_interaction",
                "user_id from_date:date name",
                "to_date:date time_zone value:double",
                indexed="from_date",
            ),
        ),
        _DAY,
    ),
    Feed(
        ("answered_scorecards",),
        (
            _table(
                "answered_scorecard",
                "answered_scorecard_id",
                "scorecard_id scorecard_name call_id call_start_time:timestamp reviewed_user_id"
                " reviewer_user_id review_method editor_user_id review_time:timestamp visibility_type",
                indexed="answered_scorecard_id review_time",
            ),
            _table(
                "answered_scorecard_answer",
                "answered_scorecard_id question_id",
                "question_revision_id is_overall:bool score:double answer_text not_applicable:bool"
                " selected_options",
                indexed="answered_scorecard_id",
            ),
        ),
        Scope("days", ("review_time",)),
    ),
    Feed(("coaching",), (_table("coaching", "workspace_id manager_id user_id metric value"),), Scope("none")),
    Feed(
        ("tasks",),
        (
            _table(
                "engage_task",
                "id",
                "user_id status type actions title created:timestamp updated:timestamp due_date:timestamp"
                " account_crm_id account_name opportunity_crm_id opportunity_name flow_id flow_name"
                " flow_step_id flow_step_name flow_step_number:bigint contact_crm_id contact_type"
                " priority_id priority_name priority_weight:bigint crm_type",
            ),
        ),
    ),
)

AUDIT = (
    Feed(
        ("logs_access", "logs_user_activity", "logs_call_play", "logs_external_access", "logs_external_play"),
        (
            _table(
                "audit_log",
                "id",
                "log_type event_time:timestamp user_id impersonator_user_id impersonator_company_id"
                " log_record",
                end=SYNC,
                indexed="id event_time",
            ),
        ),
        Scope("none", ("event_time",)),
    ),
)

LOOKUP = (
    Feed(
        ("crm_objects",),
        (_table("entity_value", "object_id object_type integration_id name", "value", indexed="object_id"),),
        Scope("shown", ("object_id", "object_type", "integration_id")),
    ),
    Feed(
        ("call_user_access",),
        (_table("call_user_access", "call_id user_id", indexed="call_id"),),
        Scope("shown", ("call_id",)),
    ),
    Feed(
        ("flow_assignments",),
        (
            _table(
                "engage_flow_assignment",
                "flow_instance_id",
                "flow_id flow_name crm_prospect_id flow_instance_owner_email flow_instance_owner_full_name"
                " flow_instance_create_date:timestamp flow_instance_status workspace_id exclusive:bool",
                indexed="flow_instance_id crm_prospect_id",
            ),
        ),
        Scope("shown", ("crm_prospect_id",)),
    ),
)

FEEDS: tuple[Feed, ...] = (*DIRECTORY, *ACTIVITY, *AUDIT, *LOOKUP)
BY_STREAM: Mapping[str, Feed] = {stream: feed for feed in FEEDS for stream in feed.streams}
STREAM_TABLES: tuple[Table, ...] = tuple(table for feed in FEEDS for table in feed.tables)

# Bookkeeping: how new what the tables know is, for each part of a stream (everything, a day, an id), so that
# a window that is loaded late does not undo a newer one. `certain_at` is when the newest window was planned
# that tells what is gone, `completed_at` when it had been read.
SCOPES = _table(
    "_stream_scope",
    "stream scope",
    "planned_at:timestamp certain_at:timestamp",
    end="completed_at:timestamp",
    indexed="stream",
)
