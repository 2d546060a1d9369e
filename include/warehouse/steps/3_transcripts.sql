-- What becomes of each transcript that this load has seen. A record without a list of monologues tells
-- nothing: absent is not empty. What a call was shown to be decides whether its transcript may stay.
CREATE TABLE call_final AS
SELECT coalesce(p.id, k.id, v.id) AS id,
    CASE
        WHEN p.action IN ('new', 'changed', 'restored') THEN false
        WHEN p.action = 'private' THEN true
        ELSE coalesce(k.is_private AND k.hash IS NULL AND k.deleted IS NOT NULL, false)
    END AS private,
    CASE
        WHEN p.action IN ('new', 'changed', 'restored') THEN NULL
        WHEN p.action = 'private' THEN p.synced
        ELSE coalesce(v.moment, k.deleted)
    END AS deleted,
    coalesce(p.action = 'restored', false) AS restored,
    p.synced AS synced
FROM call_plan p FULL JOIN known_call k USING (id) FULL JOIN vanished v USING (id)
UNION ALL
-- Private before a page has ever shown the call: its transcript may have come first.
SELECT id, true, max(completed_at), false, max(completed_at)
FROM private_id JOIN loaded_window USING (number)
WHERE id NOT IN (SELECT id FROM call_plan) AND id NOT IN (SELECT id FROM known_call)
GROUP BY id;

CREATE TABLE transcript_version AS
SELECT number, page, line, landed_at, id, hash
FROM landed_transcripts
WHERE hash IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY id, number ORDER BY page DESC, line DESC) = 1;

CREATE TABLE transcript_plan AS
WITH sighting AS (
    SELECT id, landed_at AS moment, 1 AS kind, number, page, line, hash
    FROM transcript_version
    WHERE id NOT IN (SELECT id FROM call_final WHERE private)
    UNION ALL
    -- As long as its call stays deleted, that a transcript is deleted tells nothing of its content.
    SELECT k.id, k.synced, 0, NULL, NULL, NULL,
        CASE WHEN k.deleted IS NOT NULL AND c.deleted IS NULL THEN 'deleted' ELSE k.hash END
    FROM known_transcript k LEFT JOIN call_final c USING (id)
),
ordered AS (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY moment, kind, number, page, line) AS turn
    FROM sighting
),
last AS (SELECT * FROM ordered QUALIFY row_number() OVER (PARTITION BY id ORDER BY turn DESC) = 1),
run AS (
    SELECT id, max(o.turn) FILTER (o.hash IS DISTINCT FROM last.hash) AS broken
    FROM ordered o JOIN last USING (id)
    GROUP BY id
),
latest AS (
    SELECT last.id, last.hash, last.number, last.page, last.line, min(o.moment) AS synced, bool_or(o.kind = 0) AS unchanged
    FROM last JOIN run USING (id) JOIN ordered o ON o.id = last.id AND o.turn > coalesce(run.broken, 0)
    GROUP BY ALL
)
SELECT
    l.id, l.number, l.page, l.line, l.hash,
    CASE
        WHEN c.private AND k.hash IS NOT NULL THEN 'private'
        WHEN l.unchanged THEN 'unchanged'
        WHEN k.id IS NULL THEN 'new'
        WHEN k.deleted IS NOT NULL AND c.deleted IS NULL THEN 'restored'
        ELSE 'changed'
    END AS action,
    least(k.first_seen, seen.first_seen) AS first_seen,
    k.first_seen AS known_first_seen,
    -- A transcript that arrives after its call has vanished is as deleted as the call.
    greatest(l.synced, c.deleted) AS synced,
    c.deleted AS deleted,
    k.deleted AS known_deleted,
    k.hash IS NULL AS known_bare,
    c.restored AS call_restored,
    c.synced AS call_synced,
    seen.id IS NOT NULL AS seen
FROM latest l
LEFT JOIN known_transcript k USING (id)
LEFT JOIN call_final c USING (id)
LEFT JOIN (SELECT id, min(landed_at) AS first_seen FROM transcript_version GROUP BY id) seen USING (id);
