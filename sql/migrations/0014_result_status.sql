-- The status that the laboratory gave a result: one that was cancelled or entered in error is kept and never judged.
ALTER TABLE observation ADD COLUMN status TEXT;
COMMENT ON COLUMN observation.status IS 'preliminary, final, corrected, cancelled or entered_in_error; empty where the source gives none, which counts as final.';
