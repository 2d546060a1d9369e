-- One row per key point.
SELECT call_id, position - 1 AS index, item.text AS text, _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.content.keyPoints) AS item, generate_subscripts(doc.content.keyPoints, 1) AS position FROM call_doc)
WHERE item IS NOT NULL
