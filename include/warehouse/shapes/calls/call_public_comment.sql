-- One row per public comment; of two with one id, the later. Seconds from the start of the call.
SELECT
    comment.id AS id,
    call_id,
    num(comment.audioStartTime) AS audio_start_time,
    num(comment.audioEndTime) AS audio_end_time,
    comment.commenterUserId AS commenter_user_id,
    comment.comment AS comment,
    utc(comment.posted) AS posted,
    comment.posted AS posted_local,
    comment.inReplyTo AS in_reply_to,
    flag(comment.duringCall) AS during_call,
    _synced_at
FROM (
    SELECT call_id, _synced_at, unnest(doc.collaboration.publicComments) AS comment,
        generate_subscripts(doc.collaboration.publicComments, 1) AS position
    FROM call_doc
)
WHERE comment IS NOT NULL
QUALIFY comment.id IS NULL OR row_number() OVER (PARTITION BY call_id, comment.id ORDER BY position DESC) = 1
