-- Seconds of each kind of video segment.
SELECT call_id, position - 1 AS index, item.name AS name, num(item.duration) AS duration, _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.interaction.video) AS item, generate_subscripts(doc.interaction.video, 1) AS position FROM call_doc)
WHERE item IS NOT NULL
