-- The second edition of the response rules: what a course that started in response held, and what evidence may cite.
ALTER TABLE call ADD COLUMN held_until DATE;
ALTER TABLE call ADD COLUMN lost_on DATE;
COMMENT ON COLUMN call.held_until IS 'Of a course that started in response: the last assessment that held it';
COMMENT ON COLUMN call.lost_on IS 'Of a course that started in response: the day on which that response was lost';

ALTER TABLE course_agent ADD COLUMN weight_kg TEXT;
COMMENT ON COLUMN course_agent.weight_kg IS 'Weight of the patient in kg on that step, where the dose is by weight.';

INSERT INTO evidence_word VALUES
    ('step', 17, 'held'), ('step', 18, 'dose'), ('step', 19, 'next_course'), ('step', 20, 'other_lineage_course'),
    ('step', 21, 'other_cause'), ('step', 22, 'death'), ('step', 23, 'stopped'),
    ('predicate', 10, 'recorded'),
    ('source', 4, 'course_agent'), ('source', 5, 'course'), ('source', 6, 'other_cause'), ('source', 7, 'patient');
