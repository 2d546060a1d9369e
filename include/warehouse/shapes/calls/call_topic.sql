-- Seconds spent on each topic.
SELECT call_id, position - 1 AS index, item.name AS name, num(item.duration) AS duration, _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.content.topics) AS item, generate_subscripts(doc.content.topics, 1) AS position FROM call_doc)
WHERE item IS NOT NULL
