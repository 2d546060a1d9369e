-- Calls of the tables that a complete window should have shown, and did not. Gong tells nothing when a
-- call is deleted: it is missing from then on. Selecting by both times leaves out calls that a window may
-- rightly not show; the last condition those that became known after the window was planned.
CREATE TABLE expected AS
SELECT c.id, w.number, w.completed_at
FROM candidate c JOIN loaded_window w
    ON c.started >= w.from_time AND c.started < w.to_time
    AND coalesce(c.scheduled, c.started) >= w.from_time AND coalesce(c.scheduled, c.started) < w.to_time
    AND greatest(c.first_seen, c.synced) < w.planned_at
    AND w.certain;

CREATE TABLE vanished AS
SELECT id, min(completed_at) AS moment
FROM expected
WHERE id NOT IN (SELECT id FROM landed_calls) AND id NOT IN (SELECT id FROM private_id)
GROUP BY id;
