-- One row per folder of flows, however many users see it. Nulls arrive as the text "null".
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "id": "VARCHAR", "name": "VARCHAR", "parentFolderId": "VARCHAR", "createdById": "VARCHAR",
        "visibility": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS id,
    sent.name AS name,
    id_text(sent.parentFolderId) AS parent_folder_id,
    id_text(sent.createdById) AS created_by_id,
    nullif(sent.visibility, 'null') AS visibility
FROM sent
