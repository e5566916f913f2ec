-- The highest key of the episode anchors, 0 if there is none. Grain: one row.
SELECT coalesce(max(episode_key), 0) AS highest FROM episode
