-- Surveillance: whom a file would watch if it were adopted, and who watches them now.
-- Grain: one row for each site and each place of a protocol among those in force (NULL: none), with its patients.
-- Source: infused and infused_now (both surveillance_infused.sql).
-- Caveat: the dead are left out, and so is who would be watched by another protocol; who has been taken off the
--   list counts.
-- $1: the place of the file among the protocols in force then. $2: the day.
SELECT coming.site, now.place, count(*)::INTEGER AS patients
FROM infused AS coming
LEFT JOIN infused_now AS now USING (patient_key)
WHERE coming.place = $1 AND (coming.died_on IS NULL OR coming.died_on > $2)
GROUP BY coming.site, now.place
ORDER BY coming.site NULLS LAST, now.place NULLS LAST
