-- Store the calls that are new or changed.
-- Grain: one row for each.
-- Source: changed (staged).
-- Caveat: the ones they replace have been taken away before.
INSERT INTO call BY NAME SELECT * FROM changed
