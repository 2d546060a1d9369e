-- One row per keyword tracker.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "trackerId": "VARCHAR", "trackerName": "VARCHAR", "workspaceId": "VARCHAR", "affiliation": "VARCHAR",
        "partOfQuestion": "VARCHAR", "saidAt": "VARCHAR", "saidAtInterval": "VARCHAR", "saidAtUnit": "VARCHAR",
        "saidInTopics": "JSON", "filterQuery": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR",
        "creatorUserId": "VARCHAR", "updaterUserId": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.trackerId) AS tracker_id,
    sent.trackerName AS name,
    id_text(sent.workspaceId) AS workspace_id,
    sent.affiliation AS affiliation,
    flag(sent.partOfQuestion) AS part_of_question,
    sent.saidAt AS said_at,
    whole(sent.saidAtInterval) AS said_at_interval,
    sent.saidAtUnit AS said_at_unit,
    lines(sent.saidInTopics) AS said_in_topics,
    sent.filterQuery AS filter_query,
    utc(sent.created) AS created,
    utc(sent.updated) AS updated,
    id_text(sent.creatorUserId) AS creator_user_id,
    id_text(sent.updaterUserId) AS updater_user_id
FROM sent
