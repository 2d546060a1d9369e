-- BUSINESS_USER: who owns deals in the CRM. Gong finds its own user by the e-mail address.
--
-- One query a file, in the dialect of the database behind the connection crm_source, here the sample CRM in
-- SQLite. Columns are named as Gong's fields (case does not count). Of those only objectId, modifiedDate and
-- emailAddress are required: leave out a line, and Gong keeps what it has.
SELECT
  id          AS objectId,
  modified_at AS modifiedDate,  -- a time of the database, or ISO 8601 text; without a zone it is UTC
  deleted     AS isDeleted,     -- true or 1: deleted in Gong as well
  email       AS emailAddress,
  'https://crm.harborline.example/users/' || id AS url
FROM crm_user
-- `since` is text in UTC, e.g. 2026-11-22T10:00:00Z; compare it as the database does. It saves reading, nothing
-- else: what Gong has already is not sent again. A row without a time is not forgotten: it is told as a mistake.
WHERE modified_at >= '{{ since }}' OR modified_at IS NULL
