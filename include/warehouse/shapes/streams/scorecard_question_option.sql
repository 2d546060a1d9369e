-- One row per option of a question with choices.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "questions": [{"questionId": "VARCHAR", "answerOptions": [{"id": "VARCHAR", "text": "VARCHAR"}]}]
    }') AS sent
    FROM landed
),
question AS (SELECT turn, unnest(sent.questions) AS question FROM sent)
SELECT turn, id_text(question_id) AS question_id, id_text(option.id) AS id, option.text AS text
FROM (SELECT turn, question.questionId AS question_id, unnest(question.answerOptions) AS option FROM question)
