-- CONTACT: people at accounts. The columns after the blank line are declared in fields.yaml.
SELECT
  id          AS objectId,
  modified_at AS modifiedDate,
  deleted     AS isDeleted,
  'https://crm.harborline.example/contacts/' || id AS url,
  account_id  AS accountId,
  email       AS emailAddress,
  first_name  AS firstName,
  last_name   AS lastName,
  job_title   AS title,
  phone       AS phoneNumber,

  department,
  do_not_call AS doNotCall,
  reports_to  AS reportsTo
FROM contact
WHERE modified_at >= '{{ since }}' OR modified_at IS NULL
