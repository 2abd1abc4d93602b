-- The way of visitors through web sites. The twin of the SQLite file of the same number.

-- When they agreed that it is kept; none: they did not, or not any more.
ALTER TABLE visitor ADD COLUMN agreed_at BIGINT;
CREATE INDEX visitor_inbox ON visitor (inbox_id);

-- A page that they came to, something that they clicked on, a form that they sent, an event of the site's own.
CREATE TABLE track_event (
    visitor_id UUID NOT NULL REFERENCES visitor(id),
    -- The page's own name for it: told again, it is the same one.
    id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account(id),
    -- page, click, form, event
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- Of a page, when they have left it: how long they looked at it.
    dwell_ms BIGINT,
    -- Address, title, name, fields. JSON.
    said_sealed BYTEA NOT NULL,
    PRIMARY KEY (visitor_id, id)
);
CREATE INDEX track_event_way ON track_event (visitor_id, at);
