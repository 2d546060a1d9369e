-- One row per further e-mail address of a user.
WITH sent AS (
    SELECT turn, json_transform(record, '{"id": "VARCHAR", "emailAliases": ["VARCHAR"]}') AS sent FROM landed
)
SELECT turn, ident(item) AS email, id_text(id) AS user_id
FROM (SELECT turn, sent.id AS id, unnest(sent.emailAliases) AS item FROM sent)
