-- One row per section of the outline; seconds from the start of the call.
SELECT call_id, position - 1 AS index, item.section AS section, num(item.startTime) AS start_time, num(item.duration) AS duration, _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.content.outline) AS item, generate_subscripts(doc.content.outline, 1) AS position FROM call_doc)
WHERE item IS NOT NULL
