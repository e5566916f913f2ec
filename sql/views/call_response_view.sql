-- Every call told as a final response is: what counts where people decided nothing.
-- Grain: one row for each course and criteria set with a call.
-- Source: call.
-- Caveat: where a decision holds it is not the final response; in a registry without any decision it is all of them.
-- Types are spelled as every version of the database writes them back, so that verify finds the view as it was.
CREATE VIEW call_response_view AS
SELECT
    'call' AS provenance, course_key, patient_key, criteria_id, criteria_hash,
    best_response, reason, onset_on, cr_onset_on, lost_cr_on, relapsed_on,
    duration_of_response_days, duration_status, censored_by, srot30, srot50, judged_seq,
    NULL::VARCHAR AS case_id, NULL::VARCHAR AS reached_by, NULL::TIMESTAMP_US AS decided_at,
    best_response AS call_response, onset_on AS call_onset_on, lost_cr_on AS call_lost_cr_on,
    relapsed_on AS call_relapsed_on
FROM call;
