-- One row per user of a permission profile that was asked for.
WITH sent AS (
    SELECT turn, of, json_transform(record, '{"id": "VARCHAR", "fullName": "VARCHAR", "emailAddress": "VARCHAR"}') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(of ->> '$.profile_id') AS profile_id,
    id_text(sent.id) AS user_id,
    sent.fullName AS full_name,
    sent.emailAddress AS email_address
FROM sent
