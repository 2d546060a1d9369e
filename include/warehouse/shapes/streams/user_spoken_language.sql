-- One row per language that a user speaks.
WITH sent AS (
    SELECT turn, json_transform(record, '{"id": "VARCHAR", "spokenLanguages": [{"language": "VARCHAR", "primary": "VARCHAR"}]}') AS sent FROM landed
)
SELECT turn, ident(item.language) AS language, id_text(id) AS user_id, flag(item.primary) AS is_primary
FROM (SELECT turn, sent.id AS id, unnest(sent.spokenLanguages) AS item FROM sent)
