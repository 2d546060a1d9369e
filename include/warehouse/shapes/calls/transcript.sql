-- One row per monologue, its sentences as the JSON that Gong sent.
SELECT
    call_id,
    index,
    speaker_id,
    topic,
    CAST(sentence AS VARCHAR) AS sentence,
    _content_hash,
    _first_seen_at,
    _synced_at,
    _deleted_at
FROM monologue
