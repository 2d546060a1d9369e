-- One row per flow, however many users see it.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "id": "VARCHAR", "name": "VARCHAR", "folderId": "VARCHAR", "folderName": "VARCHAR",
        "visibility": "VARCHAR", "creationDate": "VARCHAR", "exclusive": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS id,
    sent.name AS name,
    id_text(sent.folderId) AS folder_id,
    sent.folderName AS folder_name,
    sent.visibility AS visibility,
    utc(sent.creationDate) AS creation_date,
    flag(sent.exclusive) AS exclusive
FROM sent
