"""All tables: names, keys, columns. Those of the streams are declared in streams.py, the others here.

Names and keys of what comes out of Gong are those that users of Gong data know from Fivetran's `gongio`
schema, in snake_case. A shape (`shapes/calls/<table>.sql`) gives exactly the columns declared here, in this
order; that of a keyed table (`shapes/keyed/<table>.sql`) all but `_synced_at`, which a load adds (keyed.py).
Types are dlt's: text, bigint, double, bool, timestamp (UTC).
"""

from __future__ import annotations

from include.warehouse.declaration import CALL, TRANSCRIPT, VERSION, Table
from include.warehouse.declaration import declare as _table
from include.warehouse.streams import SCOPES, STREAM_TABLES

__all__ = [
    "ALL",
    "BY_NAME",
    "CALL",
    "CALLS",
    "CRM_ERRORS",
    "ERASURES",
    "KEYED",
    "RECORDING_UPLOADS",
    "TOUCH",
    "TRANSCRIPT",
]
__all__ += ["CALL_MEDIA", "UNIT", "VISIBLE", "Table"]

# In the order in which a load writes them: what tells that a unit is up to date is written last, so that
# a load that dies between two tables, where a destination has no transactions, is repeated in full.
CALLS: tuple[Table, ...] = (
    _table(
        "call_participant",
        "id call_id",
        "id call_id user_id affiliation email_address methods name phone_number speaker_id title",
    ),
    _table(
        "call_participant_integration",
        "name object_id call_id participant_id system object_type timing",
        "name object_id call_id participant_id object_type system timing value",
    ),
    _table(
        "call_context_integration",
        "name object_id call_id system object_type timing",
        "name object_id call_id object_type system timing value",
    ),
    _table("call_interaction", "name call_id", "name call_id value:double"),
    _table("call_speaker", "id call_id", "id call_id user_id talk_time:double"),
    _table("call_video", "call_id index", "call_id index:bigint name duration:double"),
    _table("call_topic", "call_id index", "call_id index:bigint name duration:double"),
    _table("call_structure", "call_id index", "call_id index:bigint name duration:double"),
    _table(
        "call_tracker",
        "call_id index",
        "call_id index:bigint id name count:bigint type phrase phrase_count:bigint speaker_id"
        " start_time:double",
    ),
    _table(
        "call_public_comment",
        "id call_id",
        "id call_id audio_start_time:double audio_end_time:double commenter_user_id comment"
        " posted:timestamp posted_local in_reply_to during_call:bool",
    ),
    _table("call_outline", "call_id index", "call_id index:bigint section start_time:double duration:double"),
    _table(
        "call_outline_item",
        "call_id outline_index index",
        "call_id outline_index:bigint index:bigint text start_time:double",
    ),
    _table("call_highlight", "call_id index", "call_id index:bigint title"),
    _table(
        "call_highlight_item",
        "call_id highlight_index index",
        "call_id highlight_index:bigint index:bigint text start_times",
    ),
    _table("call_key_point", "call_id index", "call_id index:bigint text"),
    _table(
        "transcript_sentence",
        "call_id index sentence_index",
        "call_id index:bigint sentence_index:bigint speaker_id topic start_ms:bigint end_ms:bigint text",
        unit=TRANSCRIPT,
    ),
    # Bookkeeping: transcripts that have no row in `transcript` to remember them, empty or private.
    _table("_transcript_empty", "call_id", "call_id", unit=TRANSCRIPT, end=VERSION),
    _table(
        "transcript",
        "call_id index",
        "call_id index:bigint speaker_id topic sentence",
        unit=TRANSCRIPT,
        end=VERSION,
    ),
    _table(
        "call",
        "id",
        "id workspace_id primary_user_id calendar_event_id client_unique_id company_question_count:bigint"
        " custom_data direction duration:bigint is_private:bool language media meeting_url"
        " non_company_question_count:bigint purpose scheduled:timestamp scheduled_local scope"
        " sdr_disposition started:timestamp started_local system title url brief call_outcome_id"
        " call_outcome_name call_outcome_category",
        end=VERSION,
    ),
)

# What became of each recording that was checked, from the receipts of the drop folder.
RECORDING_UPLOADS = _table(
    "recording_upload",
    "recording_id",
    "recording_id status call_id client_unique_id file_name media_format media_bytes:bigint media_sha256"
    " media_source was_in_gong:bool primary_user_id direction actual_start:timestamp reasons"
    " claimed_at:timestamp accepted_at:timestamp uploaded_at:timestamp visible_at:timestamp"
    " settled_at:timestamp run_id",
    unit="",
    latest="settled_at",
)

# Records of the CRM that did not arrive in Gong: set aside by our checks, or refused by Gong. `object_id` is
# empty where a row has none. The key begins with what tells most rows apart, as a load looks rows up by it.
CRM_ERRORS = _table(
    "crm_upload_error",
    "object_id object_type version",
    "object_type object_id version reason checked_by line:bigint client_request_id modified_date:timestamp"
    " detected_at:timestamp resolved_at:timestamp run_id",
    unit="",
)

# Audio and video of calls that lie in the landing zone, from the receipts beside them.
CALL_MEDIA = _table(
    "call_media",
    "call_id kind",
    "call_id kind path bytes:bigint content_type sha256 started:timestamp downloaded_at:timestamp run_id",
    unit="",
    latest="downloaded_at",
)

# People who were erased, without who they were: a row a certificate.
ERASURES = _table(
    "erasure",
    "erasure_id",
    "erasure_id ticket status subject_hash kind dry_run:bool requested_at:timestamp approved_by"
    " approved_at:timestamp erased_at:timestamp verified_at:timestamp certified_at:timestamp"
    " gong_calls:bigint gong_emails:bigint gong_meetings:bigint gong_leads_and_contacts:bigint"
    " gong_engagement:bigint purged_records:bigint purged_rows:bigint purged_files:bigint"
    " blanked_mentions:bigint certificate certificate_sha256 run_id",
    unit="",
    latest="certified_at",
)

KEYED: tuple[Table, ...] = (RECORDING_UPLOADS, CRM_ERRORS, CALL_MEDIA, ERASURES)
ALL: tuple[Table, ...] = (*CALLS, *KEYED, *STREAM_TABLES, SCOPES)

# Staged beside the tables of the calls flow for the merge alone: the units it replaces, and those of which
# it changes times.
UNIT = Table("_unit", "", ("unit", "call_id"), {"unit": "text", "call_id": "text"})
TOUCH = Table(
    "_touch",
    "",
    ("unit", "call_id"),
    {
        "unit": "text",
        "call_id": "text",
        "_first_seen_at": "timestamp",
        "_synced_at": "timestamp",
        "_deleted_at": "timestamp",
    },
)

BY_NAME = {table.name: table for table in ALL}
VISIBLE: tuple[str, ...] = tuple(sorted(name for name in BY_NAME if not name.startswith("_")))
