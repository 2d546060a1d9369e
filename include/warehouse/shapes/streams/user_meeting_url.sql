-- One row per personal meeting address of a user.
WITH sent AS (
    SELECT turn, json_transform(record, '{"id": "VARCHAR", "personalMeetingUrls": ["VARCHAR"]}') AS sent FROM landed
)
SELECT turn, ident(item) AS url, id_text(id) AS user_id
FROM (SELECT turn, sent.id AS id, unnest(sent.personalMeetingUrls) AS item FROM sent)
