-- One row per scorecard. The document calls ids numbers, the wire sends texts.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "scorecardId": "VARCHAR", "scorecardName": "VARCHAR", "workspaceId": "VARCHAR", "enabled": "VARCHAR",
        "updaterUserId": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR", "reviewMethod": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.scorecardId) AS id,
    sent.scorecardName AS name,
    id_text(sent.workspaceId) AS workspace_id,
    flag(sent.enabled) AS enabled,
    id_text(sent.updaterUserId) AS updater_user_id,
    utc(sent.created) AS created,
    utc(sent.updated) AS updated,
    sent.reviewMethod AS review_method
FROM sent
