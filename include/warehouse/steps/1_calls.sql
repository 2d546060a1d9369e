-- What becomes of each call that this load has seen. A sighting is one moment at which a call had one
-- content: kind 0 as the table has it, 1 as a page showed it, 2 as a window's manifest calls it private.

-- The later page of a window wins. A window that was read without some parts tells of a call that the
-- tables have nothing but that it is there: what was not asked for is absent, not empty.
CREATE TABLE call_version AS
SELECT number, page, line, landed_at, id, hash
FROM landed_calls JOIN loaded_window USING (number)
WHERE NOT partial OR id NOT IN (SELECT id FROM known_call)
QUALIFY row_number() OVER (PARTITION BY id, number ORDER BY page DESC, line DESC) = 1;

CREATE TABLE call_sighting AS
SELECT id, landed_at AS moment, 1 AS kind, number, page, line, hash FROM call_version
UNION ALL
SELECT DISTINCT id, completed_at, 2, number, NULL::INTEGER, NULL::INTEGER, 'private'
FROM private_id JOIN loaded_window USING (number)
WHERE id IN (SELECT id FROM known_call) OR id IN (SELECT id FROM call_version)
UNION ALL
SELECT id, synced, 0, NULL, NULL, NULL,
    CASE WHEN is_private AND hash IS NULL THEN 'private' WHEN deleted IS NOT NULL THEN 'deleted' ELSE hash END
FROM known_call;

-- The last sighting tells the content, the first of the unbroken run of equal ones since when it is so.
-- Of a read older than what the table has all that counts is that the call was there.
CREATE TABLE call_latest AS
WITH ordered AS (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY moment, kind, number, page, line) AS turn
    FROM call_sighting
),
last AS (SELECT * FROM ordered QUALIFY row_number() OVER (PARTITION BY id ORDER BY turn DESC) = 1),
run AS (
    SELECT id, max(o.turn) FILTER (o.hash IS DISTINCT FROM last.hash) AS broken
    FROM ordered o JOIN last USING (id)
    GROUP BY id
)
SELECT last.id, last.hash, last.number, last.page, last.line, min(o.moment) AS synced, bool_or(o.kind = 0) AS unchanged
FROM last JOIN run USING (id) JOIN ordered o ON o.id = last.id AND o.turn > coalesce(run.broken, 0)
GROUP BY ALL;

CREATE TABLE call_plan AS
SELECT
    l.id, l.number, l.page, l.line, l.hash, l.synced,
    CASE
        WHEN l.unchanged THEN 'unchanged'
        WHEN l.hash = 'private' THEN 'private'
        WHEN k.id IS NULL THEN 'new'
        WHEN k.deleted IS NOT NULL THEN 'restored'
        ELSE 'changed'
    END AS action,
    least(k.first_seen, seen.first_seen) AS first_seen,
    k.first_seen AS known_first_seen,
    k.deleted AS known_deleted
FROM call_latest l
LEFT JOIN known_call k USING (id)
LEFT JOIN (SELECT id, min(landed_at) AS first_seen FROM call_version GROUP BY id) seen USING (id)
WHERE EXISTS (FROM call_sighting s WHERE s.id = l.id AND s.kind > 0);

-- Of a call that turned private its id, workspace and times stay, so that it can be recognised.
CREATE TABLE call_private AS
WITH shown AS (
    SELECT v.id, json_extract_string(r.record, ['$.metaData.workspaceId', '$.metaData.started', '$.metaData.scheduled']) AS part
    FROM call_version v JOIN landed_calls r USING (number, page, line)
    WHERE v.id IN (SELECT id FROM call_plan WHERE action = 'private')
    QUALIFY row_number() OVER (PARTITION BY v.id ORDER BY v.landed_at DESC, number DESC) = 1
)
SELECT
    p.id AS call_id,
    CASE WHEN k.id IS NOT NULL THEN k.workspace_id ELSE part[1] END AS workspace_id,
    CASE WHEN k.id IS NOT NULL THEN k.started ELSE utc(part[2]) END AS started,
    CASE WHEN k.id IS NOT NULL THEN k.scheduled ELSE utc(part[3]) END AS scheduled,
    p.first_seen AS _first_seen_at, p.synced AS _synced_at, p.synced AS _deleted_at
FROM call_plan p LEFT JOIN known_call k USING (id) LEFT JOIN shown USING (id)
WHERE p.action = 'private';
