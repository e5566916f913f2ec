-- Whether a file was imported before.
-- Grain: one row if so, none if not.
-- Source: audit_event.
-- Caveat: $1 is the sha256 of the file, which the audit event of its import holds.
SELECT 1 FROM audit_event WHERE action = 'import' AND contains(after, $1) LIMIT 1
