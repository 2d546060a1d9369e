-- One row per public folder of the library; of a workspace that was asked for.
WITH sent AS (
    SELECT turn, of, json_transform(record, '{
        "id": "VARCHAR", "name": "VARCHAR", "parentFolderId": "VARCHAR", "createdBy": "VARCHAR",
        "updated": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS id,
    sent.name AS name,
    id_text(sent.parentFolderId) AS parent_folder_id,
    id_text(sent.createdBy) AS created_by,
    utc(sent.updated) AS updated,
    id_text(of ->> '$.workspace_id') AS workspace_id
FROM sent
