-- One row per field of an external object that the call is linked to; name '' for an object without fields.
WITH link AS (SELECT call_id, _synced_at, unnest(doc.context) AS link FROM call_doc),
object AS (SELECT call_id, _synced_at, link.system AS system, unnest(link.objects) AS object FROM link)
SELECT DISTINCT
    coalesce(field.name, '') AS name,
    object.objectId AS object_id,
    call_id,
    object.objectType AS object_type,
    system,
    object.timing AS timing,
    field.value AS value,
    _synced_at
FROM (SELECT *, unnest(fields_or_none(object.fields)) AS field FROM object WHERE object IS NOT NULL)
