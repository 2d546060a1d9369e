-- One row per item of a section of the highlights; start_times is JSON, in seconds.
WITH outer_item AS (
    SELECT call_id, _synced_at, unnest(doc.content.highlights) AS item, generate_subscripts(doc.content.highlights, 1) AS position FROM call_doc
)
SELECT call_id, outer_position - 1 AS highlight_index, position - 1 AS index, item.text AS text, item.startTimes AS start_times, _synced_at
FROM (
    SELECT call_id, _synced_at, position AS outer_position,
        unnest(item.items) AS item, generate_subscripts(item.items, 1) AS position
    FROM outer_item
)
WHERE item IS NOT NULL
