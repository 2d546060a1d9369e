-- One row per field of an external object that a participant is linked to; name '' for an object without fields.
WITH party AS (SELECT call_id, _synced_at, unnest(doc.parties) AS party FROM call_doc),
link AS (SELECT call_id, _synced_at, party.id AS participant_id, unnest(party.context) AS link FROM party),
object AS (SELECT call_id, _synced_at, participant_id, link.system AS system, unnest(link.objects) AS object FROM link)
SELECT DISTINCT
    coalesce(field.name, '') AS name,
    object.objectId AS object_id,
    call_id,
    participant_id,
    object.objectType AS object_type,
    system,
    object.timing AS timing,
    field.value AS value,
    _synced_at
FROM (SELECT *, unnest(fields_or_none(object.fields)) AS field FROM object WHERE object IS NOT NULL)
