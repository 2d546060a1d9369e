-- What the shapes of a feed's tables start from.
CREATE OR REPLACE TABLE landed_page (
    page INTEGER, stream VARCHAR, "of" VARCHAR, answer VARCHAR, zone VARCHAR
);
CREATE OR REPLACE TABLE landed_line (
    number INTEGER, turn BIGINT, page INTEGER, landed_at TIMESTAMPTZ, record VARCHAR
);
CREATE OR REPLACE VIEW landed AS
SELECT turn, stream, record, "of", answer, zone FROM landed_line JOIN landed_page USING (page);

-- What several shapes have in common. The document names a field of a schema by uniqueName, its example by name.
CREATE OR REPLACE VIEW landed_schema_field AS
WITH sent AS (
    SELECT turn, of ->> '$.integration_id' AS integration_id, json_transform(record, '{
        "key": "VARCHAR",
        "value": [{
            "uniqueName": "VARCHAR", "name": "VARCHAR", "label": "VARCHAR", "type": "VARCHAR",
            "lastModified": "VARCHAR", "isDeleted": "VARCHAR", "referenceTo": "VARCHAR",
            "orderedValueList": "JSON"
        }]
    }') AS sent
    FROM landed
)
SELECT
    turn,
    object_type,
    ident(coalesce(field.uniqueName, field.name)) AS name,
    id_text(integration_id) AS integration_id,
    field.label AS label,
    field.type AS type,
    utc(field.lastModified) AS last_modified,
    flag(field.isDeleted) AS is_deleted,
    field.referenceTo AS reference_to,
    lines(field.orderedValueList) AS ordered_value_list
FROM (SELECT turn, integration_id, upper(sent.key) AS object_type, unnest(sent.value) AS field FROM sent);

-- Each kind of thing that a profile gives access to.
CREATE OR REPLACE VIEW landed_access AS
SELECT turn, id_text(profile_id) AS profile_id, item.access AS access, item.sent AS sent
FROM (
    SELECT turn, record ->> '$.id' AS profile_id, unnest([
        {'access': 'calls', 'sent': record -> '$.callsAccess'},
        {'access': 'deals', 'sent': record -> '$.dealsAccess'},
        {'access': 'forecast', 'sent': record -> '$.forecastPermissions.forecastAccess'},
        {'access': 'forecast_edit_submissions', 'sent': record -> '$.forecastPermissions.forecastEditSubmissions'},
        {'access': 'forecast_edit_targets', 'sent': record -> '$.forecastPermissions.forecastEditTargets'},
        {'access': 'coaching', 'sent': record -> '$.coachingAccess'},
        {'access': 'insights', 'sent': record -> '$.insightsAccess'},
        {'access': 'usage', 'sent': record -> '$.usageAccess'},
        {'access': 'emails', 'sent': record -> '$.emailsAccess'},
        {'access': 'library_folder', 'sent': record -> '$.libraryFolderAccess'}
    ]) AS item
    FROM landed
);
