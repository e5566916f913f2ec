-- a packet that readers saw is not the one that was frozen
-- Grain: one row for each such case.
-- Source: review_case, review_packet.
-- Caveat: a case that came in with a bundle has no packet here.
SELECT c.case_id
FROM review_case AS c
JOIN review_packet AS p USING (case_key)
WHERE sha256(p.content) <> c.fingerprint;
