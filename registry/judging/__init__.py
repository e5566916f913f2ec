"""Judging the record: series are read, judged by `adjudication`, and the calls stored with their evidence."""
