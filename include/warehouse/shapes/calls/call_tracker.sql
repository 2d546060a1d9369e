-- One row per occurrence of a tracker, or of a phrase of it. What never occurred, or came without its
-- occurrences, still has one row. `count` is the tracker's, `phrase_count` the phrase's.
WITH element AS (
    SELECT call_id, _synced_at, unnest(doc.content.trackers) AS tracker,
        generate_subscripts(doc.content.trackers, 1) AS tracker_position
    FROM call_doc
),
tracker AS (
    SELECT *, coalesce(list_filter(tracker.phrases, lambda p: p IS NOT NULL), []) AS phrases
    FROM element
    WHERE tracker IS NOT NULL
),
part AS (
    SELECT call_id, _synced_at, tracker, tracker_position, 0 AS part_position,
        CAST(NULL AS VARCHAR) AS phrase, CAST(NULL AS VARCHAR) AS phrase_count, tracker.occurrences AS occurrences
    FROM tracker
    WHERE len(tracker.occurrences) > 0 OR len(phrases) = 0
    UNION ALL
    SELECT call_id, _synced_at, tracker, tracker_position, part_position,
        item.phrase, item.count, item.occurrences
    FROM (
        SELECT *, unnest(phrases) AS item, generate_subscripts(phrases, 1) AS part_position
        FROM tracker
    )
),
occurrence AS (
    SELECT *, unnest(CASE WHEN len(occurrences) > 0 THEN occurrences ELSE [NULL] END) AS occurrence,
        unnest(range(greatest(coalesce(len(occurrences), 0), 1))) AS occurrence_position
    FROM part
)
SELECT
    call_id,
    row_number() OVER (
        PARTITION BY call_id ORDER BY tracker_position, part_position, occurrence_position
    ) - 1 AS index,
    tracker.id AS id,
    tracker.name AS name,
    whole(tracker.count) AS count,
    tracker.type AS type,
    phrase,
    whole(phrase_count) AS phrase_count,
    occurrence.speakerId AS speaker_id,
    num(occurrence.startTime) AS start_time,
    _synced_at
FROM occurrence
