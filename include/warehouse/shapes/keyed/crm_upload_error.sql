-- One row per version of a CRM record that did not arrive in Gong.
SELECT
    turn,
    record ->> '$.object_type' AS object_type,
    record ->> '$.object_id' AS object_id,
    record ->> '$.version' AS version,
    record ->> '$.reason' AS reason,
    record ->> '$.checked_by' AS checked_by,
    whole(record ->> '$.line') AS line,
    record ->> '$.client_request_id' AS client_request_id,
    utc(record ->> '$.modified_date') AS modified_date,
    utc(record ->> '$.detected_at') AS detected_at,
    utc(record ->> '$.resolved_at') AS resolved_at,
    record ->> '$.run_id' AS run_id
FROM crm_upload_error_record
