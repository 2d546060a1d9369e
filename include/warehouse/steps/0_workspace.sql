-- What a load starts from.
CREATE TABLE loaded_window (
    number INTEGER, from_time TIMESTAMPTZ, to_time TIMESTAMPTZ, planned_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ, certain BOOLEAN, partial BOOLEAN
);
CREATE TABLE private_id (number INTEGER, id VARCHAR);
-- A transcript without a hash holds no list of monologues: it tells nothing.
CREATE TABLE landed_calls (
    number INTEGER, page INTEGER, line INTEGER, landed_at TIMESTAMPTZ, id VARCHAR, hash VARCHAR,
    record VARCHAR
);
CREATE TABLE landed_transcripts AS FROM landed_calls;

-- What the tables know of the calls that this load has seen, and which calls its windows should show.
CREATE TABLE known_call (
    id VARCHAR, hash VARCHAR, first_seen TIMESTAMPTZ, synced TIMESTAMPTZ, deleted TIMESTAMPTZ,
    is_private BOOLEAN, workspace_id VARCHAR, started TIMESTAMPTZ, scheduled TIMESTAMPTZ
);
CREATE TABLE known_transcript (
    id VARCHAR, hash VARCHAR, first_seen TIMESTAMPTZ, synced TIMESTAMPTZ, deleted TIMESTAMPTZ
);
CREATE TABLE candidate (
    id VARCHAR, started TIMESTAMPTZ, scheduled TIMESTAMPTZ, first_seen TIMESTAMPTZ, synced TIMESTAMPTZ
);
