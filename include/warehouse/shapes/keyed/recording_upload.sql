-- One row per receipt of the drop folder: what became of a recording.
SELECT
    turn,
    ident(record ->> '$.recording_id') AS recording_id,
    record ->> '$.status' AS status,
    record ->> '$.call_id' AS call_id,
    record ->> '$.client_unique_id' AS client_unique_id,
    record ->> '$.name' AS file_name,
    record ->> '$.media_format' AS media_format,
    whole(record ->> '$.media_bytes') AS media_bytes,
    record ->> '$.media_sha256' AS media_sha256,
    record ->> '$.media_source' AS media_source,
    flag(record ->> '$.was_in_gong') AS was_in_gong,
    record ->> '$.primary_user_id' AS primary_user_id,
    record ->> '$.direction' AS direction,
    utc(record ->> '$.actual_start') AS actual_start,
    lines(record -> '$.reasons') AS reasons,
    utc(record ->> '$.claimed_at') AS claimed_at,
    utc(record ->> '$.accepted_at') AS accepted_at,
    utc(record ->> '$.uploaded_at') AS uploaded_at,
    utc(record ->> '$.visible_at') AS visible_at,
    utc(record ->> '$.settled_at') AS settled_at,
    record ->> '$.run_id' AS run_id
FROM recording_upload_record
