-- Surveillance: the last episode of the protocol's disease since the first infusion.
-- Grain: one row for each patient whom the protocol watches who had one by the day asked.
-- Source: watched (worklist_watched.sql); current rows of episode_fact.
-- Caveat: the end of the last one is missing while it is open.
-- $1: the plan (worklist_watched.sql), with the disease.
SELECT
    number,
    max(onset_on) AS onset_on,
    arg_max({'on': ended_on}, onset_on)."on" AS ended_on
FROM episode_fact
JOIN episode USING (episode_key)
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL
    AND disease = ($1).disease
    AND onset_on BETWEEN first_infusion_on AND ($1).as_of
GROUP BY number
