-- Patients exposed, as supplied by services, as it is known now.
-- Grain: one row for each cohort, setting and period that is not withdrawn.
-- Source: denominator.
-- Caveat: supplied figures, not counted here.
CREATE VIEW denominator_view AS
SELECT f.cohort, f.setting, f.from_on, f.to_on, f.n, f.row_key, f.version, f.change_seq
FROM denominator AS f
WHERE f.superseded_by IS NULL;
