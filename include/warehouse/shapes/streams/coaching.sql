-- One row per value of a metric of a manager's report. Metrics are a map that Gong may extend at will.
WITH sent AS (
    SELECT turn, of, json_transform(record, '{
        "manager": {"id": "VARCHAR"},
        "directReportsMetrics": [{"report": {"id": "VARCHAR"}, "metrics": "MAP(VARCHAR, JSON)"}]
    }') AS sent
    FROM landed
),
reports AS (SELECT turn, of, sent.manager.id AS manager_id, unnest(sent.directReportsMetrics) AS item FROM sent),
metrics AS (
    SELECT turn, of, manager_id, item.report.id AS user_id, unnest(map_entries(item.metrics)) AS metric
    FROM reports
)
SELECT
    turn,
    id_text(of ->> '$.workspace_id') AS workspace_id,
    coalesce(id_text(manager_id), id_text(of ->> '$.manager_id')) AS manager_id,
    id_text(user_id) AS user_id,
    metric,
    value
FROM (
    SELECT turn, of, manager_id, user_id, metric.key AS metric, unnest(
        CASE WHEN json_type(metric.value) = 'ARRAY' THEN json_transform(metric.value, '["VARCHAR"]')
        ELSE [metric.value ->> '$'] END
    ) AS value
    FROM metrics
)
