-- One row per interaction statistic; of two with one name, the later.
SELECT stat.name AS name, call_id, num(stat.value) AS value, _synced_at
FROM (
    SELECT call_id, _synced_at, unnest(doc.interaction.interactionStats) AS stat,
        generate_subscripts(doc.interaction.interactionStats, 1) AS position
    FROM call_doc
)
WHERE stat IS NOT NULL
QUALIFY stat.name IS NULL OR row_number() OVER (PARTITION BY call_id, stat.name ORDER BY position DESC) = 1
