-- One row per entry of a log. Entries have no id: what an entry says is what tells it apart.
WITH typed AS (
    SELECT *, CASE stream
        WHEN 'logs_access' THEN 'AccessLog'
        WHEN 'logs_user_activity' THEN 'UserActivityLog'
        WHEN 'logs_call_play' THEN 'UserCallPlay'
        WHEN 'logs_external_access' THEN 'ExternallySharedCallAccess'
        WHEN 'logs_external_play' THEN 'ExternallySharedCallPlay'
    END AS log_type
    FROM landed
),
sent AS (
    SELECT turn, record, log_type, json_transform(record, '{
        "eventTime": "VARCHAR", "userId": "VARCHAR", "impersonatorUserId": "VARCHAR",
        "impersonatorCompanyId": "VARCHAR", "logRecord": "VARCHAR"
    }') AS sent
    FROM typed
)
SELECT
    turn,
    md5(log_type || ' ' || record) AS id,
    log_type,
    utc(sent.eventTime) AS event_time,
    id_text(sent.userId) AS user_id,
    id_text(sent.impersonatorUserId) AS impersonator_user_id,
    id_text(sent.impersonatorCompanyId) AS impersonator_company_id,
    sent.logRecord AS log_record
FROM sent
