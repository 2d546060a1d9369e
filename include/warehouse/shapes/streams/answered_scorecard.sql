-- One row per scorecard that was filled in for a call. The document calls ids numbers, the wire sends texts.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "answeredScorecardId": "VARCHAR", "scorecardId": "VARCHAR", "scorecardName": "VARCHAR",
        "callId": "VARCHAR", "callStartTime": "VARCHAR", "reviewedUserId": "VARCHAR",
        "reviewerUserId": "VARCHAR", "reviewMethod": "VARCHAR", "editorUserId": "VARCHAR",
        "reviewTime": "VARCHAR", "visibilityType": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.answeredScorecardId) AS answered_scorecard_id,
    id_text(sent.scorecardId) AS scorecard_id,
    sent.scorecardName AS scorecard_name,
    id_text(sent.callId) AS call_id,
    utc(sent.callStartTime) AS call_start_time,
    id_text(sent.reviewedUserId) AS reviewed_user_id,
    id_text(sent.reviewerUserId) AS reviewer_user_id,
    sent.reviewMethod AS review_method,
    id_text(sent.editorUserId) AS editor_user_id,
    utc(sent.reviewTime) AS review_time,
    sent.visibilityType AS visibility_type
FROM sent
