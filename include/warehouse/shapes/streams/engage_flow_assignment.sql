-- One row per flow instance that a prospect was assigned to.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "flowId": "VARCHAR", "flowName": "VARCHAR", "crmProspectId": "VARCHAR", "flowInstanceId": "VARCHAR",
        "flowInstanceOwnerEmail": "VARCHAR", "flowInstanceOwnerFullName": "VARCHAR",
        "flowInstanceCreateDate": "VARCHAR", "flowInstanceStatus": "VARCHAR", "workspaceId": "VARCHAR",
        "exclusive": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.flowInstanceId) AS flow_instance_id,
    id_text(sent.flowId) AS flow_id,
    sent.flowName AS flow_name,
    id_text(sent.crmProspectId) AS crm_prospect_id,
    sent.flowInstanceOwnerEmail AS flow_instance_owner_email,
    sent.flowInstanceOwnerFullName AS flow_instance_owner_full_name,
    utc(sent.flowInstanceCreateDate) AS flow_instance_create_date,
    sent.flowInstanceStatus AS flow_instance_status,
    id_text(sent.workspaceId) AS workspace_id,
    flag(sent.exclusive) AS exclusive
FROM sent
