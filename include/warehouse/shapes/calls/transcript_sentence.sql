-- One row per sentence; milliseconds from the start of the call.
SELECT
    call_id,
    index,
    position - 1 AS sentence_index,
    speaker_id,
    topic,
    sentence.start AS start_ms,
    sentence.end AS end_ms,
    sentence.text AS text,
    _synced_at
FROM (
    SELECT call_id, index, speaker_id, topic, _synced_at, unnest(sentences) AS sentence,
        generate_subscripts(sentences, 1) AS position
    FROM (SELECT *, sentences_of(sentence) AS sentences FROM monologue)
)
WHERE sentence IS NOT NULL
