-- One row per field of a CRM object that was asked for. An object that Gong does not have is null, and leaves
-- a row with its id alone, as does an object without fields.
WITH sent AS (
    SELECT turn, of, record ->> '$.key' AS object_id,
        map_entries(TRY_CAST(record -> '$.value' AS MAP(VARCHAR, JSON))) AS fields
    FROM landed
)
SELECT
    turn,
    ident(object_id) AS object_id,
    ident(of ->> '$.object_type') AS object_type,
    id_text(of ->> '$.integration_id') AS integration_id,
    field.key AS name,
    field.value ->> '$' AS value
FROM (SELECT *, unnest(CASE WHEN len(fields) > 0 THEN fields ELSE [NULL] END) AS field FROM sent)
