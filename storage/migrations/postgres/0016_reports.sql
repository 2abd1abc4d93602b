-- Ways to what reports read. The twin of the SQLite file of the same number.

CREATE INDEX call_started ON call (account_id, started_at);
CREATE INDEX presence_change_time ON presence_change (agent_id, at);
CREATE INDEX transfer_began ON transfer (account_id, began_at);
CREATE INDEX participation_ended ON participation (account_id, ended_at);
