-- One row per receipt of media: a file that lies in the landing zone.
SELECT
    turn,
    ident(record ->> '$.call_id') AS call_id,
    record ->> '$.kind' AS kind,
    record ->> '$.path' AS path,
    whole(record ->> '$.bytes') AS bytes,
    record ->> '$.content_type' AS content_type,
    record ->> '$.sha256' AS sha256,
    utc(record ->> '$.started') AS started,
    utc(record ->> '$.downloaded_at') AS downloaded_at,
    record ->> '$.run_id' AS run_id
FROM call_media_record
