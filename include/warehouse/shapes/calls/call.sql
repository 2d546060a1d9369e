-- One row per call. A call that turned private keeps its id, workspace and times, and nothing of its content.
SELECT
    call_id AS id,
    doc.metaData.workspaceId AS workspace_id,
    doc.metaData.primaryUserId AS primary_user_id,
    doc.metaData.calendarEventId AS calendar_event_id,
    doc.metaData.clientUniqueId AS client_unique_id,
    whole(doc.interaction.questions.companyCount) AS company_question_count,
    doc.metaData.customData AS custom_data,
    doc.metaData.direction AS direction,
    whole(doc.metaData.duration) AS duration,
    flag(doc.metaData.isPrivate) AS is_private,
    doc.metaData.language AS language,
    doc.metaData.media AS media,
    doc.metaData.meetingUrl AS meeting_url,
    whole(doc.interaction.questions.nonCompanyCount) AS non_company_question_count,
    doc.metaData.purpose AS purpose,
    utc(doc.metaData.scheduled) AS scheduled,
    doc.metaData.scheduled AS scheduled_local,
    doc.metaData.scope AS scope,
    doc.metaData.sdrDisposition AS sdr_disposition,
    utc(doc.metaData.started) AS started,
    doc.metaData.started AS started_local,
    doc.metaData.system AS system,
    doc.metaData.title AS title,
    doc.metaData.url AS url,
    doc.content.brief AS brief,
    doc.content.callOutcome.id AS call_outcome_id,
    doc.content.callOutcome.name AS call_outcome_name,
    doc.content.callOutcome.category AS call_outcome_category,
    _content_hash,
    _first_seen_at,
    _synced_at,
    CAST(NULL AS TIMESTAMPTZ) AS _deleted_at
FROM call_doc
UNION ALL BY NAME
SELECT call_id AS id, workspace_id, true AS is_private, scheduled, started, _first_seen_at, _synced_at, _deleted_at
FROM call_private
