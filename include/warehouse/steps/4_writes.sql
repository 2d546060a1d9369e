-- What the merge replaces (_unit), and of what it changes the times alone (_touch; null keeps a time,
-- but _deleted_at is set as given).
CREATE TABLE _unit AS
SELECT 'call' AS unit, id AS call_id FROM call_plan WHERE action <> 'unchanged'
UNION ALL
SELECT 'transcript', id FROM transcript_plan WHERE action <> 'unchanged';

CREATE TABLE _touch AS
SELECT 'call' AS unit, id AS call_id, NULL::TIMESTAMPTZ AS _first_seen_at, moment AS _synced_at, moment AS _deleted_at
FROM vanished
UNION ALL
SELECT 'call', id, first_seen, NULL, known_deleted
FROM call_plan
WHERE action = 'unchanged' AND first_seen < known_first_seen
UNION ALL
SELECT 'transcript', id, NULL, deleted, deleted
FROM transcript_plan
WHERE action = 'unchanged' AND known_deleted IS NULL AND deleted IS NOT NULL
UNION ALL
SELECT 'transcript', id, first_seen, CASE WHEN back THEN call_synced END,
    CASE WHEN NOT back THEN known_deleted END
FROM (
    -- A transcript that vanished with its call comes back with it, also when this read did not show it.
    SELECT *, call_restored AND known_deleted IS NOT NULL AND NOT known_bare AS back
    FROM transcript_plan
    WHERE action = 'unchanged'
)
WHERE back OR first_seen < known_first_seen AND (known_deleted IS NOT NULL OR deleted IS NULL);

CREATE TABLE call_doc AS
SELECT p.id AS call_id, p.hash AS _content_hash, p.first_seen AS _first_seen_at, p.synced AS _synced_at,
    call_of(r.record) AS doc
FROM call_plan p JOIN landed_calls r USING (number, page, line)
WHERE p.action IN ('new', 'changed', 'restored');

CREATE TABLE transcript_doc AS
SELECT p.id AS call_id, p.hash AS _content_hash, p.first_seen AS _first_seen_at, p.synced AS _synced_at,
    p.deleted AS _deleted_at, transcript_of(r.record).transcript AS monologues
FROM transcript_plan p JOIN landed_transcripts r USING (number, page, line)
WHERE p.action IN ('new', 'changed', 'restored');

CREATE TABLE monologue AS
SELECT * EXCLUDE (item, position), position - 1 AS index,
    item.speakerId AS speaker_id, item.topic AS topic, item.sentences AS sentence
FROM (
    SELECT * EXCLUDE (monologues), unnest(monologues) AS item, generate_subscripts(monologues, 1) AS position
    FROM transcript_doc
)
WHERE item IS NOT NULL;

-- The landed text has been read; what is left of this load needs the memory.
DROP TABLE landed_calls;
DROP TABLE landed_transcripts;
ALTER TABLE transcript_doc DROP COLUMN monologues;
