-- One row per call that a user had to do with on a day of the company, and what it was.
WITH sent AS (
    SELECT turn, zone, json_transform(record, '{
        "userId": "VARCHAR",
        "userDailyActivityStats": [{
            "fromDate": "VARCHAR",
            "callsAsHost": ["VARCHAR"], "callsGaveFeedback": ["VARCHAR"],
            "callsRequestedFeedback": ["VARCHAR"], "callsReceivedFeedback": ["VARCHAR"],
            "ownCallsListenedTo": ["VARCHAR"], "othersCallsListenedTo": ["VARCHAR"],
            "callsSharedInternally": ["VARCHAR"], "callsSharedExternally": ["VARCHAR"],
            "callsScorecardsFilled": ["VARCHAR"], "callsScorecardsReceived": ["VARCHAR"],
            "callsAttended": ["VARCHAR"], "callsCommentsGiven": ["VARCHAR"],
            "callsCommentsReceived": ["VARCHAR"], "callsMarkedAsFeedbackGiven": ["VARCHAR"],
            "callsMarkedAsFeedbackReceived": ["VARCHAR"]
        }]
    }') AS sent
    FROM landed
),
days AS (SELECT turn, zone, sent.userId AS user_id, unnest(sent.userDailyActivityStats) AS day FROM sent),
lists AS (
    SELECT turn, user_id, day_in(day.fromDate, zone) AS from_date, unnest([
        {'activity': 'calls_as_host', 'calls': day.callsAsHost},
        {'activity': 'calls_gave_feedback', 'calls': day.callsGaveFeedback},
        {'activity': 'calls_requested_feedback', 'calls': day.callsRequestedFeedback},
        {'activity': 'calls_received_feedback', 'calls': day.callsReceivedFeedback},
        {'activity': 'own_calls_listened_to', 'calls': day.ownCallsListenedTo},
        {'activity': 'others_calls_listened_to', 'calls': day.othersCallsListenedTo},
        {'activity': 'calls_shared_internally', 'calls': day.callsSharedInternally},
        {'activity': 'calls_shared_externally', 'calls': day.callsSharedExternally},
        {'activity': 'calls_scorecards_filled', 'calls': day.callsScorecardsFilled},
        {'activity': 'calls_scorecards_received', 'calls': day.callsScorecardsReceived},
        {'activity': 'calls_attended', 'calls': day.callsAttended},
        {'activity': 'calls_comments_given', 'calls': day.callsCommentsGiven},
        {'activity': 'calls_comments_received', 'calls': day.callsCommentsReceived},
        {'activity': 'calls_marked_as_feedback_given', 'calls': day.callsMarkedAsFeedbackGiven},
        {'activity': 'calls_marked_as_feedback_received', 'calls': day.callsMarkedAsFeedbackReceived}
    ]) AS list
    FROM days
)
SELECT turn, id_text(user_id) AS user_id, from_date, activity, id_text(call) AS call_id
FROM (SELECT turn, user_id, from_date, list.activity AS activity, unnest(list.calls) AS call FROM lists)
