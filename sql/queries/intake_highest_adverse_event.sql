-- The highest key of the adverse_event anchors, 0 if there is none. Grain: one row.
SELECT coalesce(max(adverse_event_key), 0) AS highest FROM adverse_event
