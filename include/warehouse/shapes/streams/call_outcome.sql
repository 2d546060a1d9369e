-- One row per outcome that a call may be given; its name is all that tells it apart.
WITH sent AS (
    SELECT turn, json_transform(record, '{
        "callOutcome": "VARCHAR", "displayOrder": "VARCHAR", "connectStatus": "VARCHAR",
        "sentiment": "VARCHAR", "todoAction": "VARCHAR", "automation": "VARCHAR", "category": "VARCHAR"
    }') AS sent
    FROM landed
)
SELECT
    turn,
    ident(sent.callOutcome) AS name,
    whole(sent.displayOrder) AS display_order,
    sent.connectStatus AS connect_status,
    sent.sentiment AS sentiment,
    sent.todoAction AS todo_action,
    sent.automation AS automation,
    sent.category AS category
FROM sent
