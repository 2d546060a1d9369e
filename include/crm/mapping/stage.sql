-- STAGE: the stages of deals. They have no modifiedDate, and there are few: all are read each time.
SELECT
  code     AS objectId,
  label    AS name,
  position AS sortOrder,
  in_use   AS isActive
FROM opportunity_stage
