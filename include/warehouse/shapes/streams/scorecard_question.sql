-- One row per question of a scorecard. Ranges arrive as texts; the last three are not in the document.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "scorecardId": "VARCHAR",
        "questions": [{
            "questionId": "VARCHAR", "questionRevisionId": "VARCHAR", "questionText": "VARCHAR",
            "isOverall": "VARCHAR", "questionType": "VARCHAR", "answerGuide": "VARCHAR",
            "minRange": "VARCHAR", "maxRange": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR",
            "updaterUserId": "VARCHAR"
        }]
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(question.questionId) AS question_id,
    id_text(scorecard_id) AS scorecard_id,
    id_text(question.questionRevisionId) AS question_revision_id,
    question.questionText AS question_text,
    flag(question.isOverall) AS is_overall,
    question.questionType AS question_type,
    question.answerGuide AS answer_guide,
    num(question.minRange) AS min_range,
    num(question.maxRange) AS max_range,
    utc(question.created) AS created,
    utc(question.updated) AS updated,
    id_text(question.updaterUserId) AS updater_user_id
FROM (SELECT turn, sent.scorecardId AS scorecard_id, unnest(sent.questions) AS question FROM sent)
