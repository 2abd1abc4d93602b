-- The way of visitors through web sites. The twin of the PostgreSQL file of the same number.

-- When they agreed that it is kept; none: they did not, or not any more.
ALTER TABLE visitor ADD COLUMN agreed_at INTEGER;
CREATE INDEX visitor_inbox ON visitor (inbox_id);

-- A page that they came to, something that they clicked on, a form that they sent, an event of the site's own.
CREATE TABLE track_event (
    visitor_id BLOB NOT NULL REFERENCES visitor(id),
    -- The page's own name for it: told again, it is the same one.
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account(id),
    -- page, click, form, event
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Of a page, when they have left it: how long they looked at it.
    dwell_ms INTEGER,
    -- Address, title, name, fields. JSON.
    said_sealed BLOB NOT NULL,
    PRIMARY KEY (visitor_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_event_way ON track_event (visitor_id, at);
