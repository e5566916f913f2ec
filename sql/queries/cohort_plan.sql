-- What is asked of a cohort, kept as the table plan, which every other query of the cohort reads.
-- Grain: one row.
-- Source: the filter, and what its reader may see.
-- Caveat: NULL means all, but without criteria there are no calls: so it is for who may not see them.
-- $1: sites and setting choose patients; disease, regimens, line_from, line_to, started_from and started_to (both
-- included) choose courses; itp and aiha are the criteria that judge each disease, classes the agent classes that can
-- be stopped in remission, severe the CTCAE grade from which an event is severe, related the words for an event that
-- at least possibly came from a course.
SELECT unnest(
    $1::STRUCT(
        sites TEXT[], setting TEXT,
        disease TEXT, regimens TEXT[], line_from INTEGER, line_to INTEGER, started_from DATE, started_to DATE,
        itp TEXT, aiha TEXT,
        classes TEXT[], severe INTEGER, related TEXT[]
    )
)
