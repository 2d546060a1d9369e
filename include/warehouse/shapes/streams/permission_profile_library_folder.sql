-- One row per folder of the library that a profile gives access to.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "id": "VARCHAR", "libraryFolderAccess": {"libraryFolderIds": ["VARCHAR"]}
    }') AS sent
    FROM landed
)
SELECT turn, id_text(profile_id) AS profile_id, id_text(folder) AS library_folder_id
FROM (SELECT turn, sent.id AS profile_id, unnest(sent.libraryFolderAccess.libraryFolderIds) AS folder FROM sent)
