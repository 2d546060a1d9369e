-- One row per section of the highlights.
SELECT call_id, position - 1 AS index, item.title AS title, _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.content.highlights) AS item, generate_subscripts(doc.content.highlights, 1) AS position FROM call_doc)
WHERE item IS NOT NULL
