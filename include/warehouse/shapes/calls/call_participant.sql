-- One row per participant; of two with one id, the later. Participants without an id are all kept.
SELECT
    party.id AS id,
    call_id,
    party.userId AS user_id,
    party.affiliation AS affiliation,
    party.emailAddress AS email_address,
    party.methods AS methods,
    party.name AS name,
    party.phoneNumber AS phone_number,
    party.speakerId AS speaker_id,
    party.title AS title,
    _synced_at
FROM (SELECT call_id, _synced_at, unnest(doc.parties) AS party, generate_subscripts(doc.parties, 1) AS position FROM call_doc)
WHERE party IS NOT NULL
QUALIFY party.id IS NULL OR row_number() OVER (PARTITION BY call_id, party.id ORDER BY position DESC) = 1
