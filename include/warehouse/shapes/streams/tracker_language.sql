-- One row per language of a tracker.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "trackerId": "VARCHAR",
        "languageKeywords": [{"language": "VARCHAR", "includeRelatedForms": "VARCHAR"}]
    }') AS sent
    FROM landed
)
SELECT turn, ident(item.language) AS language, id_text(tracker_id) AS tracker_id, flag(item.includeRelatedForms) AS include_related_forms
FROM (SELECT turn, sent.trackerId AS tracker_id, unnest(sent.languageKeywords) AS item FROM sent)
