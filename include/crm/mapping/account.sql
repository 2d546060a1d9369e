-- ACCOUNT: companies. The columns after the blank line are declared in fields.yaml.
SELECT
  id          AS objectId,
  modified_at AS modifiedDate,
  deleted     AS isDeleted,
  'https://crm.harborline.example/accounts/' || id AS url,
  name,
  web_domains AS domains,  -- text with commas, a JSON array as text, or an array of the database

  industry,
  tier,
  employees,
  revenue        AS annualRevenue,
  customer_since AS customerSince,
  website,
  parent_id      AS parentAccount
FROM account
WHERE modified_at >= '{{ since }}' OR modified_at IS NULL
