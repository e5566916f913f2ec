-- Why values of one patient are missing, and who said so.
-- Grain: one row for each reason that stands.
-- Source: missing_value_view, audit_event.
-- Caveat: $1 is the patient_key; times are UTC.
SELECT m.table_name, m.fact_id, m.column_name, m.reason, m.version, a.actor AS said_by, a.recorded_at AS said_at
FROM missing_value_view AS m
JOIN audit_event AS a ON a.seq = m.change_seq
WHERE m.patient_key = $1
ORDER BY m.table_name, m.fact_id, m.column_name
