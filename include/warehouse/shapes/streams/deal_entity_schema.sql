-- One row per field of the CRM's deals.
SELECT * EXCLUDE (object_type) FROM landed_schema_field WHERE object_type = 'DEAL'
