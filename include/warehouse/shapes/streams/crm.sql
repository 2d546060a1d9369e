-- One row per CRM integration. Its id is a JSON number beyond 2^53.
WITH sent AS (
    SELECT turn, json_transform(record, '{"integrationId": "VARCHAR", "name": "VARCHAR", "ownerEmail": "VARCHAR"}') AS sent
    FROM landed
)
SELECT turn, id_text(sent.integrationId) AS integration_id, sent.name AS name, sent.ownerEmail AS owner_email
FROM sent
