-- One row per kind of thing that a profile gives access to, and how far that goes.
SELECT turn, profile_id, access, sent ->> '$.permissionLevel' AS permission_level
FROM landed_access
WHERE json_type(sent) = 'OBJECT'
