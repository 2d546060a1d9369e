-- One row per speaker, with the seconds spoken; of two with one id, the later.
SELECT speaker.id AS id, call_id, speaker.userId AS user_id, num(speaker.talkTime) AS talk_time, _synced_at
FROM (
    SELECT call_id, _synced_at, unnest(doc.interaction.speakers) AS speaker,
        generate_subscripts(doc.interaction.speakers, 1) AS position
    FROM call_doc
)
WHERE speaker IS NOT NULL
QUALIFY speaker.id IS NULL OR row_number() OVER (PARTITION BY call_id, speaker.id ORDER BY position DESC) = 1
