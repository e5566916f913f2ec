-- The committees that were called on cases, in their last voting.
-- Grain: one row for each seat of the last voting on a case.
-- Source: review_seat, review_read, review_case_view, account, account_role, patient_author_view.
-- Caveat: first_at is when the first committee on the case was called. sits is false where too few are left for the
-- quorum: a seat counts while its member has voted or may still vote, that is, reviews at the site with an account in
-- use and logged no fact of the patient. Then another is called.
CREATE VIEW review_committee_view AS
WITH seat AS (
    SELECT *, min(convened_at) OVER (PARTITION BY case_key) AS first_at
    FROM review_seat
    QUALIFY round = max(round) OVER (PARTITION BY case_key)
),

counted AS (
    SELECT
        s.case_key, s.round, s.member, s.quorum, s.first_at,
        EXISTS (
            SELECT 1 FROM review_read AS r
            WHERE r.case_key = s.case_key AND r.part = 'committee' AND r.round = s.round AND r.reader = s.member
        ) AS voted,
        EXISTS (
            SELECT 1 FROM account AS a
            JOIN account_role AS h USING (name)
            WHERE a.name = s.member AND NOT a.disabled AND h.role = 'adjudicator' AND h.site IN ('*', c.site)
        ) AND NOT EXISTS (
            SELECT 1 FROM patient_author_view AS w WHERE w.patient_key = c.patient_key AND w.author = s.member
        ) AS may_vote
    FROM seat AS s
    JOIN review_case_view AS c USING (case_key)
)

SELECT
    case_key, round, member, quorum, first_at, voted,
    count(*) FILTER (WHERE voted OR may_vote) OVER (PARTITION BY case_key) >= quorum AS sits
FROM counted;
