-- Evans syndrome: how the other lineage fared under a course that acts on both.
--
-- Derived like call, and replaced with it.

CREATE TABLE other_lineage_call (
    course_key      INTEGER NOT NULL,
    patient_key     INTEGER NOT NULL,
    criteria_id     TEXT NOT NULL,
    best_response   TEXT NOT NULL CHECK (best_response IN ('CR', 'R', 'PR', 'NR', 'NE')),
    active_at_start BOOLEAN
);

COMMENT ON TABLE other_lineage_call IS 'One row a course and the criteria of the lineage it was not given for';
COMMENT ON COLUMN other_lineage_call.course_key IS 'The course';
COMMENT ON COLUMN other_lineage_call.patient_key IS 'Its patient';
COMMENT ON COLUMN other_lineage_call.criteria_id IS 'The criteria set of the other lineage';
COMMENT ON COLUMN other_lineage_call.best_response IS 'CR, R, PR, NR or NE of the other lineage';
COMMENT ON COLUMN other_lineage_call.active_at_start IS 'Whether the other lineage was low, or hemolyzing, at the start; empty = not known';
