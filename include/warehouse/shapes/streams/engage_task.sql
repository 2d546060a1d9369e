-- One row per task of a user; `crm_type` is told beside the tasks of one answer.
WITH sent AS (
    SELECT turn, of, answer, json_transform(record, '{
        "id": "VARCHAR", "userId": "VARCHAR", "status": "VARCHAR", "type": "VARCHAR", "actions": "JSON",
        "title": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR", "dueDate": "VARCHAR",
        "account": {"crmId": "VARCHAR", "name": "VARCHAR"},
        "opportunity": {"crmId": "VARCHAR", "name": "VARCHAR"},
        "flow": {
            "id": "VARCHAR", "name": "VARCHAR",
            "step": {"id": "VARCHAR", "name": "VARCHAR", "stepNumber": "VARCHAR"}
        },
        "contact": {"crmId": "VARCHAR", "type": "VARCHAR"},
        "priority": {"id": "VARCHAR", "name": "VARCHAR", "weight": "VARCHAR"}
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS id,
    coalesce(id_text(sent.userId), id_text(of ->> '$.user_id')) AS user_id,
    sent.status AS status,
    sent.type AS type,
    lines(sent.actions) AS actions,
    sent.title AS title,
    utc(sent.created) AS created,
    utc(sent.updated) AS updated,
    utc(sent.dueDate) AS due_date,
    id_text(sent.account.crmId) AS account_crm_id,
    sent.account.name AS account_name,
    id_text(sent.opportunity.crmId) AS opportunity_crm_id,
    sent.opportunity.name AS opportunity_name,
    id_text(sent.flow.id) AS flow_id,
    sent.flow.name AS flow_name,
    id_text(sent.flow.step.id) AS flow_step_id,
    sent.flow.step.name AS flow_step_name,
    whole(sent.flow.step.stepNumber) AS flow_step_number,
    id_text(sent.contact.crmId) AS contact_crm_id,
    sent.contact.type AS contact_type,
    id_text(sent.priority.id) AS priority_id,
    sent.priority.name AS priority_name,
    whole(sent.priority.weight) AS priority_weight,
    answer ->> '$.crmType' AS crm_type
FROM sent
