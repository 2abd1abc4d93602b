-- What a writer asks whose commit ended without an answer. The twin of the SQLite file of the same number.

-- The last set of the journal that was written: it goes with the set's transaction, so a set is written once.
ALTER TABLE outbox_head ADD COLUMN journal_set uuid;
