-- Every case of human review and where it stands.
-- Grain: one row for each case.
-- Source: review_case, review_step, course, episode_fact, patient, patient_fact.
-- Caveat: not for readers as it is: reasons, accepted, drawn and the machine's columns are theirs only once a decision
-- holds. disease is that of the episode as the case was opened, site the one
-- known now; follower is the case that re-opened this one.
CREATE VIEW review_case_view AS
WITH latest AS (
    SELECT
        case_key,
        arg_max(state, position) AS state,
        max(reached_at) AS reached_at
    FROM review_step
    GROUP BY case_key
)

SELECT
    c.*, l.state, l.reached_at, k.course_id, p.patient_id, d.disease, f.site,
    n.case_id AS follower
FROM review_case AS c
JOIN latest AS l USING (case_key)
JOIN course AS k ON k.course_key = c.course_key
JOIN patient AS p ON p.patient_key = c.patient_key
LEFT JOIN episode_fact AS d
    ON d.episode_key = k.episode_key
    AND d.change_seq <= c.change_seq
    AND (d.superseded_by IS NULL OR d.superseded_by > c.change_seq)
LEFT JOIN patient_fact AS f ON f.patient_key = c.patient_key AND f.superseded_by IS NULL
LEFT JOIN review_case AS n ON n.follows = c.case_id;
