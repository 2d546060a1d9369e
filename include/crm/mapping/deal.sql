-- DEAL: opportunities. Gong shows a deal that has an accountId; a deal board wants ownerId and closeDate too.
-- The columns after the blank line are declared in fields.yaml.
SELECT
  id          AS objectId,
  modified_at AS modifiedDate,
  deleted     AS isDeleted,
  'https://crm.harborline.example/opportunities/' || id AS url,
  account_id  AS accountId,
  owner_id    AS ownerId,  -- an objectId of business_user.sql
  name,
  created_at  AS createdDate,
  closes_on   AS closeDate,
  CASE WHEN won = 1 THEN 'WON' WHEN closed = 1 THEN 'LOST' ELSE 'OPEN' END AS status,
  stage,                   -- an objectId of stage.sql
  amount,

  probability,
  strategic   AS isStrategic,
  source      AS leadSource,
  contact_id  AS mainContact
FROM opportunity
WHERE modified_at >= '{{ since }}' OR modified_at IS NULL
