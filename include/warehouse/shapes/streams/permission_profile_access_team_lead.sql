-- One row per team lead whose team a profile gives access to.
SELECT turn, profile_id, access, id_text(lead) AS user_id
FROM (
    SELECT turn, profile_id, access, unnest(json_transform(sent, '{"teamLeadIds": ["VARCHAR"]}').teamLeadIds) AS lead
    FROM landed_access
)
