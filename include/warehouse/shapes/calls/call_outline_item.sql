-- One row per item of a section of the outline; seconds from the start of the call.
WITH outer_item AS (
    SELECT call_id, _synced_at, unnest(doc.content.outline) AS item, generate_subscripts(doc.content.outline, 1) AS position FROM call_doc
)
SELECT call_id, outer_position - 1 AS outline_index, position - 1 AS index, item.text AS text, num(item.startTime) AS start_time, _synced_at
FROM (
    SELECT call_id, _synced_at, position AS outer_position,
        unnest(item.items) AS item, generate_subscripts(item.items, 1) AS position
    FROM outer_item
)
WHERE item IS NOT NULL
