-- What is asked of a cohort, kept as the table plan, which every other query of the cohort reads.
-- Grain: one row.
-- Source: the filter, and what its reader may see.
-- Caveat: NULL means all, but without criteria there are no calls: so it is for who may not see them.
-- $1: sites and setting choose patients; disease, regimens, line_from, line_to, started_from and started_to (both
-- included) choose courses; itp and aiha are the criteria that judge each disease, classes the agent classes that can
-- be stopped in remission, severe the CTCAE grade from which an event is severe, related the words for an event that
-- at least possibly came from a course; state_days is how near to the end of follow-up a count tells of a state,
-- off_levels what counts must reach off treatment, silent_on_itp and silent_on_aiha the agents
-- that do not act on platelets or on red cells.
SELECT unnest(
    $1::STRUCT(
        sites TEXT[], setting TEXT,
        disease TEXT, regimens TEXT[], line_from INTEGER, line_to INTEGER, started_from DATE, started_to DATE,
        itp TEXT, aiha TEXT,
        classes TEXT[], severe INTEGER, related TEXT[],
        state_days INTEGER, off_days INTEGER, off_levels STRUCT(name TEXT, at_e6 BIGINT)[], silent_on_itp TEXT[], silent_on_aiha TEXT[]
    )
)
