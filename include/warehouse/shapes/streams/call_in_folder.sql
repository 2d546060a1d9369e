-- One row per call in a folder of the library; seconds from the start of the call.
WITH sent AS (
    SELECT turn, of, json_transform(record, '{
        "id": "VARCHAR", "title": "VARCHAR", "note": "VARCHAR", "addedBy": "VARCHAR", "created": "VARCHAR",
        "url": "VARCHAR", "snippet": {"fromSec": "VARCHAR", "toSec": "VARCHAR"}
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS call_id,
    id_text(of ->> '$.folder_id') AS library_folder_id,
    sent.title AS title,
    sent.note AS note,
    id_text(sent.addedBy) AS added_by,
    utc(sent.created) AS created,
    sent.url AS url,
    whole(sent.snippet.fromSec) AS snippet_from_sec,
    whole(sent.snippet.toSec) AS snippet_to_sec
FROM sent
