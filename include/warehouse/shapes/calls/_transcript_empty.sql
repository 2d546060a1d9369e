-- Transcripts that have no row in `transcript`: one row for each that arrived without a monologue, and,
-- without a hash, for each whose rows went because its call turned private.
SELECT call_id, _content_hash, _first_seen_at, _synced_at, _deleted_at
FROM transcript_doc
WHERE call_id NOT IN (SELECT call_id FROM monologue)
UNION ALL
SELECT id, NULL, first_seen, deleted, deleted
FROM transcript_plan
WHERE action = 'private'
