-- One row per workspace.
WITH sent AS (
    SELECT turn, json_transform(record, '{"id": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR"}') AS sent
    FROM landed
)
SELECT turn, id_text(sent.id) AS id, sent.name AS name, sent.description AS description
FROM sent
