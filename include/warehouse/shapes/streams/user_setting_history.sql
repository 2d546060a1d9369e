-- One row per change of a setting; of a user who was asked for by id.
WITH sent AS (
    SELECT turn, of, json_transform(record, '{"setting": "VARCHAR", "value": "VARCHAR", "time": "VARCHAR"}') AS sent
    FROM landed
)
SELECT turn, ident(sent.setting) AS setting, utc(sent.time) AS time, id_text(of ->> '$.user_id') AS user_id, flag(sent.value) AS value
FROM sent
