-- One row per keyword of a tracker.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "trackerId": "VARCHAR", "languageKeywords": [{"language": "VARCHAR", "keywords": ["VARCHAR"]}]
    }') AS sent
    FROM landed
),
spoken AS (SELECT turn, sent.trackerId AS tracker_id, unnest(sent.languageKeywords) AS item FROM sent)
SELECT turn, id_text(tracker_id) AS tracker_id, ident(language) AS language, nullif(keyword, '') AS keyword
FROM (SELECT turn, tracker_id, item.language AS language, unnest(item.keywords) AS keyword FROM spoken)
