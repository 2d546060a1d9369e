-- One row per user, day of the company and statistic of how the user talks.
WITH sent AS (
    SELECT turn, of, answer, zone, json_transform(record, '{
        "userId": "VARCHAR", "personInteractionStats": [{"name": "VARCHAR", "value": "VARCHAR"}]
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(user_id) AS user_id,
    day_in(of ->> '$.from_date', zone) AS from_date,
    ident(stat.name) AS name,
    day_in(of ->> '$.to_date', zone) AS to_date,
    coalesce(answer ->> '$.timeZone', zone) AS time_zone,
    num(stat.value) AS value
FROM (SELECT *, sent.userId AS user_id, unnest(sent.personInteractionStats) AS stat FROM sent)
