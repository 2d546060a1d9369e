-- One row per user who was given access to a call; of a call that nobody was given access to its id alone.
WITH sent AS (
    SELECT turn, json_transform(record, '{"callId": "VARCHAR", "users": [{"userId": "VARCHAR"}]}') AS sent
    FROM landed
)
SELECT turn, id_text(call_id) AS call_id, id_text(item.userId) AS user_id
FROM (
    SELECT turn, sent.callId AS call_id, unnest(CASE WHEN len(sent.users) > 0 THEN sent.users ELSE [NULL] END) AS item
    FROM sent
)
