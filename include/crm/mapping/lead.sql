-- LEAD: people who may become customers, and what they became. The columns after the blank line are declared
-- in fields.yaml.
SELECT
  id                 AS objectId,
  modified_at        AS modifiedDate,
  deleted            AS isDeleted,
  'https://crm.harborline.example/leads/' || id AS url,
  email              AS emailAddress,
  first_name         AS firstName,
  last_name          AS lastName,
  job_title          AS title,
  phone              AS phoneNumber,
  became_opportunity AS convertedToDealId,
  became_contact     AS convertedToContactId,
  became_account     AS convertedToAccountId,

  company,
  rating,
  expected_value     AS expectedValue,
  owner_id           AS leadOwner,
  last_contact       AS lastContact
FROM lead
WHERE modified_at >= '{{ since }}' OR modified_at IS NULL
