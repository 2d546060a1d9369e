-- One row per answer of a scorecard that was filled in.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "answeredScorecardId": "VARCHAR",
        "answers": [{
            "questionId": "VARCHAR", "questionRevisionId": "VARCHAR", "isOverall": "VARCHAR",
            "score": "VARCHAR", "answerText": "VARCHAR", "notApplicable": "VARCHAR",
            "selectedOptions": "JSON"
        }]
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(answered_scorecard_id) AS answered_scorecard_id,
    id_text(answer.questionId) AS question_id,
    id_text(answer.questionRevisionId) AS question_revision_id,
    flag(answer.isOverall) AS is_overall,
    num(answer.score) AS score,
    answer.answerText AS answer_text,
    flag(answer.notApplicable) AS not_applicable,
    lines(answer.selectedOptions) AS selected_options
FROM (SELECT turn, sent.answeredScorecardId AS answered_scorecard_id, unnest(sent.answers) AS answer FROM sent)
