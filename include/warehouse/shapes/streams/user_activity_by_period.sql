-- One row per user and calendar period of the company; the latest period goes on.
WITH sent AS (
    SELECT turn, of, zone, json_transform(record, '{
        "userId": "VARCHAR",
        "userAggregateActivity": [{
            "fromDate": "VARCHAR", "toDate": "VARCHAR",
            "callsAsHost": "VARCHAR", "callsGaveFeedback": "VARCHAR", "callsRequestedFeedback": "VARCHAR",
            "callsReceivedFeedback": "VARCHAR", "ownCallsListenedTo": "VARCHAR", "othersCallsListenedTo": "VARCHAR",
            "callsSharedInternally": "VARCHAR", "callsSharedExternally": "VARCHAR", "callsScorecardsFilled": "VARCHAR",
            "callsScorecardsReceived": "VARCHAR", "callsAttended": "VARCHAR", "callsCommentsGiven": "VARCHAR",
            "callsCommentsReceived": "VARCHAR", "callsMarkedAsFeedbackGiven": "VARCHAR", "callsMarkedAsFeedbackReceived": "VARCHAR"
        }]
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(user_id) AS user_id,
    ident(of ->> '$.period') AS period,
    day_in(counts.fromDate, zone) AS from_date,
    day_in(counts.toDate, zone) AS to_date,
    whole(counts.callsAsHost) AS calls_as_host,
    whole(counts.callsGaveFeedback) AS calls_gave_feedback,
    whole(counts.callsRequestedFeedback) AS calls_requested_feedback,
    whole(counts.callsReceivedFeedback) AS calls_received_feedback,
    whole(counts.ownCallsListenedTo) AS own_calls_listened_to,
    whole(counts.othersCallsListenedTo) AS others_calls_listened_to,
    whole(counts.callsSharedInternally) AS calls_shared_internally,
    whole(counts.callsSharedExternally) AS calls_shared_externally,
    whole(counts.callsScorecardsFilled) AS calls_scorecards_filled,
    whole(counts.callsScorecardsReceived) AS calls_scorecards_received,
    whole(counts.callsAttended) AS calls_attended,
    whole(counts.callsCommentsGiven) AS calls_comments_given,
    whole(counts.callsCommentsReceived) AS calls_comments_received,
    whole(counts.callsMarkedAsFeedbackGiven) AS calls_marked_as_feedback_given,
    whole(counts.callsMarkedAsFeedbackReceived) AS calls_marked_as_feedback_received
FROM (SELECT turn, of, zone, sent.userId AS user_id, unnest(sent.userAggregateActivity) AS counts FROM sent)
