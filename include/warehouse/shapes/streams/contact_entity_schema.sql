-- One row per field of the CRM's contacts.
SELECT * EXCLUDE (object_type) FROM landed_schema_field WHERE object_type = 'CONTACT'
