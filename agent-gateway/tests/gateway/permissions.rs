//! Who may do what: every route, every role.

use super::attachments::sent_file;
use super::left_messages::left;
use super::world::{Login, PASSWORD, ROLES, World};
use ringdesk_model::{AccountId, Actor, Clock as _, Pii};
use ringdesk_operations::OperationError;
use ringdesk_operations::people::About;
use ringdesk_operations::staff::NewAgent;
use ringdesk_operations::texts::InboundText;
use ringdesk_storage::accounts;
use ringdesk_vault::AccountKey;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BELOW: &str = "/api/v1/accounts/{account_id}";
const NOBODY: &str = "01930000-0000-7000-8000-00000000dead";

/// Method, path below the account, a body that can be read, and who may: one letter per role, in the order of [`ROLES`]
/// (agent, leader, manager, technician, reviewer, operator), a point for who may not; a seventh letter for a department, which may
/// nothing where none stands.
const MATRIX: &[(&str, &str, &str, &str)] = &[
    ("GET", "/presence", "", "alm..o"),
    ("PUT", "/presence", r#"{"state":"not_ready"}"#, "alm..o"),
    ("PUT", "/presence/next", r#"{"state":"ready"}"#, "alm..o"),
    ("POST", "/presence/wrap_up", r#"{"action":"done"}"#, "alm..o"),
    ("GET", "/queues", "", "almtro"),
    ("POST", "/queues", r#"{"name":" "}"#, "..m..."),
    ("GET", "/queues/{id}", "", "..m..."),
    ("PUT", "/queues/{id}", r#"{"replaces":1}"#, "..m..."),
    ("DELETE", "/queues/{id}", "", "..m..."),
    ("GET", "/agents", "", "almtro"),
    ("POST", "/agents", r#"{"login":"x","name":"X","password":"short","extension":"2099"}"#, "..m..."),
    ("PUT", "/agents/{id}", r#"{"replaces":1}"#, "..m..."),
    ("DELETE", "/agents/{id}", "", "..m..."),
    ("POST", "/agents/{id}/phone", "", "..m..."),
    ("GET", "/agents/{id}/routing", "", "..m..."),
    ("PUT", "/agents/{id}/public_name", r#"{"public_name":null}"#, "..m..."),
    ("PUT", "/agents/{id}/routing", r#"{"skills":{"":1},"calls":1,"texts":4}"#, "..m..."),
    ("GET", "/channels", "", "almtro"),
    ("PUT", "/channels/{name}", r#"{"priority":0,"switch":"on"}"#, "..m..."),
    ("GET", "/agents/{id}/devices", "", "..m..."),
    ("PUT", "/agents/{id}/devices", "{}", "..m..."),
    ("POST", "/agents/{id}/devices", r#"{"kind":"browser","name":"x"}"#, "..m..."),
    ("PUT", "/agents/{id}/devices/{device}", "{}", "..m..."),
    ("DELETE", "/agents/{id}/devices/{device}", "", "..m..."),
    ("PUT", "/agents/{id}/presence", r#"{"state":"ready"}"#, ".lm..."),
    ("GET", "/conversations", "", "alm.ro"),
    ("GET", "/conversations/{id}", "", "alm.ro"),
    ("GET", "/conversations/{id}/messages", "", "alm.ro"),
    ("GET", "/conversations/{id}/events", "", "alm.ro"),
    ("POST", "/conversations/{id}/messages", r#"{"client_id":"a","text":"hello"}"#, "alm..."),
    ("POST", "/conversations/{id}/attachments", "", "alm..."),
    ("GET", "/attachments/{id}", "", "alm.ro"),
    ("PUT", "/conversations/{id}/messages/{seq}", r#"{"text":"hello"}"#, "alm..."),
    ("DELETE", "/conversations/{id}/messages/{seq}", "", "alm..."),
    ("POST", "/conversations/{id}/messages/{seq}/retry", "", "alm..."),
    ("POST", "/conversations/{id}/messages/{seq}/reveal", "", "..m..."),
    ("GET", "/conversations/{id}/cursors", "", "alm.ro"),
    ("PUT", "/conversations/{id}/cursors", r#"{"seq":1}"#, "alm..."),
    ("POST", "/conversations/{id}/close", "", "alm..."),
    (
        "POST",
        "/conversations/{id}/pass",
        r#"{"to":{"queue":"01930000-0000-7000-8000-00000000dead"},"mode":"blind"}"#,
        "alm...",
    ),
    ("POST", "/conversations/{id}/leave", "", "alm..."),
    ("GET", "/conversations/{id}/visit", "", "alm.ro"),
    ("GET", "/conversations/{id}/satisfaction", "", "alm.ro"),
    ("GET", "/satisfaction", "", ".lm.r."),
    ("PUT", "/conversations/{id}/typing", "", "alm..."),
    ("GET", "/conversations/{id}/track", "", "alm.ro"),
    ("GET", "/text_offers", "", "alm..."),
    ("POST", "/text_offers/{id}/accept", "", "alm..."),
    ("POST", "/text_offers/{id}/decline", "", "alm..."),
    ("GET", "/text_inboxes", "", ".lmt.."),
    ("POST", "/text_inboxes", r#"{"name":"x","queue":"01930000-0000-7000-8000-00000000dead"}"#, "..m..."),
    ("PUT", "/text_inboxes/{id}", r#"{"name":"x","queue":"01930000-0000-7000-8000-00000000dead"}"#, "..m..."),
    ("POST", "/text_inboxes/{id}/secret", "", "..m..."),
    ("GET", "/demo_pack", "", "almtro"),
    ("POST", "/demo_pack", "", "..m..."),
    ("DELETE", "/demo_pack", "", "..m..."),
    ("GET", "/demo/busy_hour", "", ".lm..."),
    ("POST", "/demo/busy_hour", r#"{"callers":6,"minutes":1,"helpers":2}"#, ".lm..."),
    ("DELETE", "/demo/busy_hour", "", ".lm..."),
    ("GET", "/alert_rules", "", ".lm.r."),
    ("POST", "/alert_rules", r#"{"name":" ","metric":"waiting","threshold":5}"#, ".lm..."),
    ("PUT", "/alert_rules/{id}", r#"{"name":"Busy","metric":"waiting","threshold":5}"#, ".lm..."),
    ("DELETE", "/alert_rules/{id}", "", ".lm..."),
    ("GET", "/alerts", "", ".lm.r."),
    ("POST", "/alerts/{id}/acknowledge", r#"{"measure":"one more agent"}"#, ".lm..."),
    ("GET", "/help", "", ".lm..."),
    ("PUT", "/help", "{}", "alm..."),
    ("DELETE", "/help", "", "alm..."),
    ("DELETE", "/agents/{id}/help", "", ".lm..."),
    ("POST", "/agents/{id}/side_note", r#"{"text":"ask for the contract"}"#, ".lm..."),
    ("POST", "/conversations/{id}/reveal", r#"{"reason":"a letter"}"#, ".lm..."),
    ("POST", "/callbacks/{id}/reveal", r#"{"reason":"a letter"}"#, ".lm..."),
    ("GET", "/callbacks", "", "alm.ro"),
    ("POST", "/callbacks", r#"{"to":{"number":" "},"due_from":0,"owner":"queue"}"#, "alm..."),
    ("PUT", "/callbacks/{id}", r#"{"note":"soon"}"#, "alm..."),
    ("POST", "/callbacks/{id}/call", "", "alm..."),
    ("POST", "/callbacks/{id}/close", r#"{"reason":"wrote"}"#, "alm..."),
    ("GET", "/unserved", "", "alm.ro"),
    ("POST", "/unserved/{id}/claim", "", "alm..."),
    ("POST", "/unserved/{id}/release", "", "alm..."),
    ("POST", "/unserved/{id}/call", "", "alm..."),
    ("POST", "/unserved/{id}/close", r#"{"reason":"wrote"}"#, "alm..."),
    ("GET", "/tickets", "", "alm...d"),
    ("POST", "/tickets", r#"{"type":"01930000-0000-7000-8000-00000000dead","title":"a kettle"}"#, "alm...."),
    ("POST", "/tickets/search", r#"{"typed":"kettle"}"#, "alm...d"),
    ("GET", "/tickets/{id}", "", "alm...d"),
    ("PUT", "/tickets/{id}", r#"{"title":"a kettle"}"#, "alm...d"),
    ("POST", "/tickets/{id}/state", r#"{"state":"solved"}"#, "alm...d"),
    ("PUT", "/tickets/{id}/priority", r#"{"priority":"high"}"#, "alm...."),
    ("PUT", "/tickets/{id}/assignee", "{}", ".lm...."),
    ("POST", "/tickets/{id}/claim", "", "alm...d"),
    ("POST", "/tickets/{id}/comments", r#"{"text":"called twice"}"#, "alm...d"),
    ("GET", "/ticket_types", "", "alm...d"),
    ("POST", "/ticket_types", r#"{"name":" "}"#, "..m...."),
    ("PUT", "/ticket_types/{id}", r#"{"replaces":1,"to":{"name":"Repair"}}"#, "..m...."),
    ("GET", "/departments", "", "alm...d"),
    ("POST", "/departments", r#"{"name":" "}"#, "..m...."),
    ("PUT", "/departments/{id}", r#"{"name":"Repair"}"#, "..m...."),
    ("GET", "/ticket_people", "", "alm...d"),
    ("GET", "/floor", "", ".lm.r."),
    ("GET", "/reports/metrics", "", "almtro"),
    ("GET", "/reports/{metric}", "", ".lm.r."),
    ("GET", "/reports/{metric}/rows", "", ".lm.r."),
    ("GET", "/my_day", "", "alm..o"),
    ("GET", "/my_day/{metric}", "", "alm..o"),
    ("GET", "/work_items/{id}/card", "", "alm.ro"),
    ("GET", "/conversations/{id}/card", "", "alm.ro"),
    ("PUT", "/conversations/{id}/vip", r#"{"vip":true}"#, "alm..."),
    ("GET", "/contacts", "", "alm.ro"),
    ("POST", "/contacts", r#"{"name":" ","tier":"none"}"#, "alm..."),
    ("POST", "/contacts/search", r#"{"typed":"+49307654321"}"#, "alm.ro"),
    ("GET", "/contacts/{id}", "", "alm.ro"),
    ("PUT", "/contacts/{id}", r#"{"tier":"vip"}"#, "alm..."),
    ("GET", "/contacts/{id}/alike", "", "alm.ro"),
    ("GET", "/contacts/{id}/track", "", "alm.ro"),
    ("DELETE", "/contacts/{id}/track", "", "alm..."),
    ("PUT", "/contacts/{id}/tags", r#"{"tags":[]}"#, "alm..."),
    ("GET", "/contacts/{id}/timeline", "", "alm.ro"),
    ("GET", "/contacts/{id}/segments", "", "alm.ro"),
    ("GET", "/segments", "", "alm.ro"),
    ("POST", "/segments", r#"{"name":" ","condition":{"all":[]}}"#, "..m..."),
    ("PUT", "/segments/{id}", r#"{"name":"Regulars","condition":{"all":[]},"replaces":9}"#, "..m..."),
    ("DELETE", "/segments/{id}", "", "..m..."),
    ("POST", "/segments/count", r#"{"condition":{"all":[]}}"#, "..m..."),
    ("POST", "/contacts/{id}/identities", r#"{"kind":"email","value":"mei@example.com"}"#, "alm..."),
    ("DELETE", "/contacts/{id}/identities/{name}", "", "alm..."),
    ("POST", "/contacts/{id}/reveal", r#"{"reason":"a letter"}"#, ".lm..."),
    ("GET", "/contacts/{id}/merges", "", "alm.ro"),
    ("POST", "/contacts/{id}/merges", r#"{"gone":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("DELETE", "/contact_merges/{id}", "", ".lm..."),
    ("POST", "/contacts/{id}/block", r#"{"reason":"abuse"}"#, "alm..."),
    ("GET", "/blocks", "", ".lm..."),
    ("PUT", "/blocks/{id}", r#"{"approve":false}"#, ".lm..."),
    ("DELETE", "/blocks/{id}", "", ".lm..."),
    ("GET", "/block_answer", "", ".lm..."),
    ("GET", "/caller_rate", "", ".lm..."),
    ("GET", "/text_filters", "", ".lm..."),
    ("POST", "/text_filters", r#"{"name":"x","action":"hold","active":true}"#, "..m..."),
    (
        "PUT",
        "/text_filters/{id}",
        r#"{"name":"x","words":["casino"],"action":"hold","active":true,"replaces":1}"#,
        "..m...",
    ),
    ("DELETE", "/text_filters/{id}", "", "..m..."),
    ("GET", "/filtered_texts", "", ".lm..."),
    ("POST", "/filtered_texts/{id}/verdict", r#"{"verdict":"harmless"}"#, ".lm..."),
    ("PUT", "/caller_rate", r#"{"rate":{"most":0,"within":1,"answer":{"answer":"busy"}}}"#, "..m..."),
    ("PUT", "/block_answer", r#"{"answer":"message"}"#, "..m..."),
    ("GET", "/contact_fields", "", "alm.ro"),
    ("POST", "/contact_fields", r#"{"name":" ","kind":"text"}"#, "..m..."),
    ("PUT", "/contact_fields/{id}", r#"{"name":"Order","kind":"text"}"#, "..m..."),
    ("GET", "/calendars", "", "almtro"),
    ("POST", "/calendars", r#"{"name":" ","calendar":{"zone":"UTC"}}"#, "..m..."),
    ("PUT", "/calendars/{id}", r#"{"name":"Office","calendar":{"zone":"UTC"},"replaces":7}"#, "..m..."),
    ("DELETE", "/calendars/{id}", "", "..m..."),
    ("POST", "/calendars/preview", r#"{"calendar":{"zone":"UTC"}}"#, "..m..."),
    ("GET", "/rules", "", "..m..."),
    ("PUT", "/rules", r#"{"replaces":7,"rules":[]}"#, "..m..."),
    ("POST", "/rules/try", r#"{"days":0}"#, "..m..."),
    ("POST", "/calendars/holidays", r#"{"text":"2026-10-01,off,x"}"#, "..m..."),
    ("GET", "/conversations/{id}/notes", "", "alm.ro"),
    ("POST", "/conversations/{id}/notes", r#"{"text":"they call again"}"#, "alm..."),
    ("PUT", "/notes/{id}", r#"{"pinned":true}"#, "alm..."),
    ("DELETE", "/notes/{id}", "", "alm..."),
    ("GET", "/mentors", "", ".lm..."),
    (
        "POST",
        "/mentors",
        r#"{"mentor":"01930000-0000-7000-8000-00000000dead","agent":"01930000-0000-7000-8000-00000000dead"}"#,
        ".lm...",
    ),
    ("DELETE", "/mentors/{id}", "", ".lm..."),
    ("GET", "/mentoring", "", "alm.ro"),
    ("GET", "/mentoring/talks", "", "alm.ro"),
    ("GET", "/mentoring/talks/{id}/messages", "", "alm.ro"),
    ("POST", "/mentoring/talks/{id}/suggestions", r#"{"text":"ask for the contract"}"#, "alm.ro"),
    ("GET", "/conversations/{id}/suggestions", "", "alm.ro"),
    ("PUT", "/suggestions/{id}", r#"{"outcome":"taken"}"#, "alm..."),
    ("GET", "/staff_rooms", "", "almtrod"),
    ("POST", "/staff_rooms", r#"{"name":" "}"#, ".lm...."),
    ("GET", "/staff_people", "", "almtrod"),
    ("POST", "/staff_rooms/direct", r#"{"user":"01930000-0000-7000-8000-00000000dead"}"#, "almtrod"),
    ("PUT", "/staff_rooms/{id}", r#"{"name":"Second line"}"#, ".lm...."),
    ("POST", "/staff_rooms/{id}/people", r#"{"user":"01930000-0000-7000-8000-00000000dead"}"#, "almtrod"),
    ("POST", "/staff_rooms/{id}/leave", "", "almtrod"),
    ("GET", "/staff_rooms/{id}/lines", "", "almtrod"),
    ("POST", "/staff_rooms/{id}/lines", r#"{"client_id":"a","text":"who knows kettles?"}"#, "almtrod"),
    ("DELETE", "/staff_rooms/{id}/lines/{seq}", "", "almtrod"),
    ("PUT", "/staff_rooms/{id}/read", r#"{"seq":1}"#, "almtrod"),
    ("GET", "/help_desk", "", "almtrod"),
    (
        "POST",
        "/help_desk/texts",
        r#"{"inbox":"01930000-0000-7000-8000-00000000dead","client_id":"a","text":"my screen is dark"}"#,
        "almtrod",
    ),
    ("POST", "/help_desk/files", "", "almtrod"),
    ("GET", "/help_talks/{id}/lines", "", "almtrod"),
    ("PUT", "/help_talks/{id}/typing", "", "almtrod"),
    ("DELETE", "/help_talks/{id}/lines/{seq}", "", "almtrod"),
    ("PUT", "/help_talks/{id}/read", r#"{"seq":1}"#, "almtrod"),
    ("GET", "/quick_phrases", "", "alm..."),
    ("POST", "/quick_phrases", r#"{"whose":"me","code":" ","title":"Hello","texts":{"en":"hello"}}"#, "alm..."),
    ("GET", "/quick_phrases/search", "", "alm..."),
    (
        "PUT",
        "/quick_phrases/{id}",
        r#"{"replaces":1,"to":{"whose":"me","code":"hi","title":"Hello","texts":{"en":"hello"}}}"#,
        "alm...",
    ),
    ("DELETE", "/quick_phrases/{id}", "", "alm..."),
    ("POST", "/quick_phrases/{id}/use", r#"{"conversation":"01930000-0000-7000-8000-00000000dead"}"#, "alm..."),
    ("GET", "/shared_files", "", "..m..."),
    ("POST", "/shared_files", "", "..m..."),
    ("GET", "/shared_files/search", "", "alm..."),
    ("PUT", "/shared_files/{id}", r#"{"title":"Price list"}"#, "..m..."),
    ("POST", "/shared_files/{id}/versions", "", "..m..."),
    ("GET", "/shared_files/{id}/content", "", "alm..."),
    ("POST", "/shared_files/{id}/use", r#"{"conversation":"01930000-0000-7000-8000-00000000dead"}"#, "alm..."),
    ("POST", "/phrase_categories", r#"{"name":" "}"#, "..m..."),
    ("PUT", "/phrase_categories/{id}", r#"{"name":"Greetings"}"#, "..m..."),
    ("DELETE", "/phrase_categories/{id}", "", "..m..."),
    ("GET", "/tags", "", "almtro"),
    ("POST", "/tags", r#"{"name":" "}"#, "..m..."),
    ("PUT", "/tags/{id}", r#"{"active":true}"#, "..m..."),
    ("GET", "/tags/usage", "", "..m..."),
    ("POST", "/tags/{id}/merge", r#"{"into":"01930000-0000-7000-8000-00000000dead"}"#, "..m..."),
    ("PUT", "/conversations/{id}/tags", r#"{"tags":[]}"#, "alm..."),
    ("GET", "/conversations/{id}/draft", "", "alm..."),
    ("PUT", "/conversations/{id}/draft", r#"{"draft":{}}"#, "alm..."),
    ("DELETE", "/conversations/{id}/draft", "", "alm..."),
    ("PUT", "/conversations/{id}/disposition", r#"{"path":"solved"}"#, "alm..."),
    ("GET", "/dispositions", "", "almtro"),
    ("PUT", "/dispositions", r#"{"tree":[],"replaces":7}"#, "..m..."),
    ("GET", "/events", "", "almtrod"),
    ("GET", "/work_items", "", "alm..."),
    ("PUT", "/work_items/{id}/assign", r#"{"agent":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("POST", "/work_items/{id}/pick", "", "alm..."),
    ("PUT", "/work_items/{id}/queue", r#"{"queue":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("POST", "/work_items/{id}/head", "", ".lm..."),
    ("POST", "/calls/{id}/hangup", "", "alm..."),
    ("POST", "/calls", r#"{"to":{"number":" "}}"#, "alm..."),
    ("POST", "/calls/{id}/transfer", r#"{"to":{"extension":"2002"},"mode":"blind"}"#, "alm..."),
    ("POST", "/calls/{id}/transfer/complete", "{}", "alm..."),
    ("POST", "/calls/{id}/transfer/return", "{}", "alm..."),
    ("POST", "/calls/{id}/transfer/merge", "{}", "alm..."),
    ("POST", "/calls/{id}/leave", "{}", "alm..."),
    ("POST", "/calls/{id}/hold", r#"{"on":true}"#, "alm..."),
    ("POST", "/calls/{id}/mute", r#"{"on":true}"#, "alm..."),
    ("GET", "/calls/returning", "", "alm..o"),
    ("GET", "/calls/{id}/quality", "", "alm.r."),
    ("POST", "/calls/{id}/keys", r#"{"digits":"1"}"#, "alm..."),
    ("POST", "/calls/{id}/park", "{}", "alm..."),
    ("POST", "/calls/{id}/retrieve", "", "alm..."),
    ("POST", "/calls/{id}/supervise", r#"{"mode":"listen"}"#, ".lm..."),
    ("DELETE", "/calls/{id}/supervise", "", ".lm..."),
    ("POST", "/calls/{id}/take_over", "", ".lm..."),
    ("GET", "/conversations/{id}/transfers", "", "alm.ro"),
    ("GET", "/conversations/{id}/offers", "", "alm.ro"),
    ("GET", "/calls/{id}/events", "", "alm.ro"),
    ("POST", "/calls/{id}/recording", r#"{"action":"mask"}"#, "alm..."),
    ("GET", "/recordings/{id}/audio", "", ".lm.r."),
    ("GET", "/recordings/{id}/peaks", "", ".lm.r."),
    ("GET", "/recordings/{id}/verify", "", ".lm.r."),
    ("GET", "/recordings/{id}/certificate", "", ".lm.r."),
    ("POST", "/recordings/{id}/link", "{}", ".lm.r."),
    ("PUT", "/recordings/{id}/hold", r#"{"reason":"a dispute"}"#, "..m..."),
    ("DELETE", "/recordings/{id}/hold", "", "..m..."),
    ("POST", "/recordings/{id}/erase", r#"{"reason":"the contact asked"}"#, "..m..."),
    ("GET", "/recordings/{id}/comments", "", ".lm.r."),
    ("POST", "/recordings/{id}/comments", r#"{"at_ms":1,"text":"well said"}"#, ".lm.r."),
    ("DELETE", "/comments/{id}", "", ".lm.r."),
    ("GET", "/conversations/{id}/corrections", "", "....r."),
    ("POST", "/conversations/{id}/corrections", r#"{"seq":1,"text":"what was said","replaces":0}"#, "....r."),
    ("PUT", "/queues/{id}/recording", r#"{"start":"on_bridge"}"#, "..m..."),
    ("DELETE", "/queues/{id}/recording", "", "..m..."),
    ("GET", "/left_messages", "", "alm.ro"),
    ("POST", "/left_messages/{id}/claim", "", "alm..."),
    ("PUT", "/left_messages/{id}/assign", r#"{"agent":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("POST", "/left_messages/{id}/release", "", "alm..."),
    ("POST", "/left_messages/{id}/close", "{}", "alm..."),
    ("GET", "/search", "", "alm.ro"),
    ("GET", "/recordings/{id}/transcript", "", "alm.ro"),
    ("GET", "/inboxes", "", ".lmt.."),
    ("GET", "/inbox_names", "", "alm.ro"),
    ("GET", "/inbox_states", "", ".lmt.."),
    ("POST", "/inboxes", r#"{"name":" "}"#, "..m..."),
    ("PUT", "/inboxes/{id}", r#"{"replaces":1}"#, "..m..."),
    ("DELETE", "/inboxes/{id}", "", "..m..."),
    ("PUT", "/inboxes/{id}/closure", r#"{"until":99999999999999,"prompt":"closed"}"#, ".lm..."),
    ("DELETE", "/inboxes/{id}/closure", "", ".lm..."),
    ("GET", "/closure_pin", "", ".lm..."),
    ("PUT", "/closure_pin", r#"{"pin":"480715"}"#, "..m..."),
    ("DELETE", "/closure_pin", "", "..m..."),
    ("PUT", "/inboxes/{id}/recording", r#"{"start":"on_bridge"}"#, "..m..."),
    ("DELETE", "/inboxes/{id}/recording", "", "..m..."),
    ("GET", "/flows", "", ".lmt.."),
    ("POST", "/flows", r#"{"name":"New","document":{}}"#, "..m..."),
    ("GET", "/flows/{id}", "", ".lmt.."),
    ("GET", "/flows/{id}/versions", "", ".lmt.."),
    ("PUT", "/flows/{id}", r#"{"document":{},"replaces":1}"#, "..m..."),
    ("GET", "/trunks", "", "..mt.."),
    ("POST", "/trunks", r#"{"name":" "}"#, "..mt.."),
    ("PUT", "/trunks/{name}", r#"{"name":"carrier"}"#, "..mt.."),
    ("DELETE", "/trunks/{name}", "", "..mt.."),
    ("POST", "/trunks/{name}/test", r#"{"number":"+4930123456"}"#, "..mt.."),
    ("GET", "/numbers", "", "..mt.."),
    ("PUT", "/numbers/{name}", r#"{"channels":0}"#, "..mt.."),
    ("DELETE", "/numbers/{name}", "", "..mt.."),
    ("GET", "/calls/{id}/trunk_legs", "", "alm.ro"),
    ("GET", "/turn_credentials", "", "almtrod"),
    ("POST", "/phone", "", "alm..."),
    ("GET", "/colleagues", "", "alm..."),
    ("GET", "/users", "", "..m..."),
    ("POST", "/users", r#"{"login":"x","name":"X","roles":[],"password":"short"}"#, "..m..."),
    ("PUT", "/users/{id}", r#"{"replaces":1}"#, "..m..."),
    ("DELETE", "/users/{id}", "", "..m..."),
    ("PUT", "/users/{id}/password", r#"{"password":"a-long-one-1"}"#, "..m..."),
    ("PUT", "/users/{id}/roles", r#"{"roles":["agent"]}"#, "..m..."),
    ("DELETE", "/users/{id}/sessions", "", "..m..."),
    ("POST", "/users/import", "", "..m..."),
    ("GET", "/users/export", "", "..m..."),
    ("GET", "/roles", "", "..m..."),
    ("DELETE", "/users/{id}/second_factor", "", "..m..."),
    ("GET", "/second_factor_roles", "", "..m..."),
    ("PUT", "/second_factor_roles", r#"{"roles":["nobody"]}"#, "..m..."),
    ("GET", "/sign_in_challenge", "", "..m..."),
    ("PUT", "/sign_in_challenge", r#"{"after_failures":0,"bits":17}"#, "..m..."),
    ("GET", "/notices", "", "almtrod"),
    ("PUT", "/notices/read", r#"{"to":"01930000-0000-7000-8000-00000000dead"}"#, "almtrod"),
    ("GET", "/notice_choices", "", "almtrod"),
    ("PUT", "/notice_choices", r#"{"choices":{}}"#, "almtrod"),
    ("GET", "/notice_setup", "", "..m..."),
    ("PUT", "/notice_setup", r#"{"replaces":7}"#, "..m..."),
    ("POST", "/notice_setup/preview", r#"{"kind":"rating","text":"{"}"#, "..m..."),
    ("GET", "/api_tokens", "", "..m..."),
    ("POST", "/api_tokens", r#"{"name":" ","permissions":[],"expires_in_days":0}"#, "..m..."),
    ("DELETE", "/api_tokens/{id}", "", "..m..."),
    ("GET", "/limits", "", "...t.."),
    ("GET", "/prompts", "", ".lmt.."),
    ("GET", "/prompts/{name}/{id}", "", ".lmt.."),
    ("POST", "/prompts/{name}/{id}", "", "..m..."),
    ("DELETE", "/prompts/{name}/{id}", "", "..m..."),
    ("POST", "/prompts/{name}/{id}/use", "", "..m..."),
    ("DELETE", "/prompts/{name}/{id}/takes", "", "..m..."),
    ("GET", "/prompts/{name}/{id}/audio", "", ".lmt.."),
    ("POST", "/prompts/{name}/{id}/telephone", "", "..m..."),
    ("GET", "/certificate", "", "..mt.."),
    ("GET", "/go_live", "", "..mt.."),
    ("PUT", "/go_live", r#"{"live":true,"reason":"short"}"#, "..m..."),
    ("GET", "/audit", "", "..m..."),
    ("GET", "/audit/verify", "", "..m..."),
    // Of the parts that one may change.
    ("GET", "/setting_history", "", ".lmt.."),
    ("POST", "/setting_history/{id}/undo", r#"{"newest":1}"#, ".lmt.."),
    ("GET", "/used_by", "", ".lmt.."),
];
/// Outside of any account: everybody, or everybody who is signed in.
const OUTSIDE: &[(&str, &str)] = &[
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/ticket"),
    // With a cookie.
    ("GET", "/api/v1/auth/me"),
    ("POST", "/api/v1/auth/session"),
    ("DELETE", "/api/v1/auth/session"),
    // Of a demo, on its own machine.
    ("GET", "/api/v1/auth/demo"),
    ("POST", "/api/v1/auth/demo"),
    // One's own.
    ("PUT", "/api/v1/auth/me/preferences"),
    ("GET", "/api/v1/auth/second_factor"),
    ("POST", "/api/v1/auth/second_factor"),
    ("PUT", "/api/v1/auth/second_factor"),
    ("POST", "/api/v1/auth/second_factor/recovery_codes"),
    ("POST", "/api/v1/auth/second_factor/remove"),
    ("GET", "/api/v1/auth/sessions"),
    ("DELETE", "/api/v1/auth/sessions"),
    ("DELETE", "/api/v1/auth/sessions/{id}"),
    // The signature is: whoever knows the inbox's secret (docs/channels.md).
    ("POST", "/public/api/v1/inboxes/{id}/messages"),
    ("POST", "/public/api/v1/inboxes/{id}/receipts"),
    ("POST", "/public/api/v1/inboxes/{id}/attachments"),
    // Visitors of web sites: the token that their page shows in its first frame is who they are.
    ("GET", "/widget/{inbox}"),
    ("GET", "/public/api/v1/widget/{inbox}"),
    ("POST", "/public/api/v1/widget/{inbox}/visitors"),
    ("GET", "/public/api/v1/widget/{inbox}/socket"),
    ("PUT", "/public/api/v1/widget/{inbox}/agreement"),
    ("POST", "/public/api/v1/widget/{inbox}/track"),
    ("POST", "/public/api/v1/widget/{inbox}/attachments"),
    // The link itself is the right.
    ("GET", "/api/v1/recordings/{link}"),
    ("GET", "/public/api/v1/attachments/{link}"),
    ("GET", "/rate/{link}"),
    ("POST", "/rate/{link}"),
];

fn path(template: &str) -> String {
    template
        .trim_start_matches('/')
        .replace("{id}", NOBODY)
        .replace("{name}", NOBODY)
        .replace("{device}", NOBODY)
        .replace("{seq}", "1")
}

fn body(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() }
}

/// A route without a row here is a route nobody thought about.
///
/// Rows: S12.6
#[tokio::test]
async fn every_route_stands_in_the_table() {
    let world = World::start().await;
    let described = world.send("GET", "/api/openapi.json", None, "").await.body;
    let mut served = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        served.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let inside = MATRIX.iter().map(|(method, path, ..)| ((*method).to_owned(), format!("{BELOW}{path}")));
    let outside = OUTSIDE.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(served, inside.chain(outside).collect());
}

/// What is not described is not in the table: so there is nothing else, but for the description itself and its page.
///
/// Rows: S12.6
#[test]
fn nothing_is_served_beside_the_description() {
    let routes = concat!(include_str!("../../src/routes/mod.rs"), include_str!("../../src/routes/table.rs"));
    let count = |word: &str| routes.matches(word).count();
    // Ten merges: eight parts of the description, and two of its routes that take a larger body.
    assert_eq!((count(".route("), count(".nest("), count(".merge("), count("_service(")), (2, 0, 10, 0));
}

/// Rows: S12.6
#[tokio::test]
async fn every_role_may_what_the_table_says_and_nothing_else() {
    let world = World::start().await;
    let mut faults = Vec::new();
    let dora = json!({ "login": "dora", "name": "Dora", "roles": ["department"], "password": PASSWORD,
        "must_change_password": false });
    let admin = world.login("admin").await;
    let made = world.api(&admin, "POST", "users", dora).await;
    assert_eq!(made.status, 201, "{}", made.body);
    for (n, (role, login)) in ROLES.iter().chain(&[("department", "dora")]).enumerate() {
        let who = world.login(login).await;
        for (method, template, text, allowed) in MATRIX {
            let allowed = allowed.as_bytes().get(n).is_some_and(|letter| *letter != b'.');
            let got = world.api(&who, method, &path(template), body(text)).await;
            // Allowed means: it got past the door. There may be nothing behind it.
            if got.status == 401 || got.status >= 500 || (got.status == 403) == allowed {
                faults.push(format!("{role} {method} {template}: {}, allowed: {allowed}: {}", got.status, got.body));
            }
            // Who may not is told so before anything is said about the request.
            let got = world
                .send(method, &format!("/api/v1/accounts/{}/{}", who.account, path(template)), Some(&who.token), "{")
                .await;
            if !allowed && got.status != 403 {
                faults.push(format!("{role} {method} {template} with nonsense: {} {}", got.status, got.body));
            }
        }
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// Another account is not there, whoever asks; who is not signed in learns nothing.
///
/// Rows: S12.6
#[tokio::test]
async fn another_account_is_not_there_and_strangers_learn_nothing() {
    let world = World::start().await;
    let mut faults = Vec::new();
    let stranger = Login { token: "f".repeat(64), account: world.account.to_string(), agent: None };
    for (role, login) in ROLES {
        let visitor = Login { account: NOBODY.into(), ..world.login(login).await };
        for (method, template, text, _) in MATRIX {
            let got = world.api(&visitor, method, &path(template), body(text)).await;
            if got.status != 404 || got.problem() != "not-found" {
                faults.push(format!("{role} {method} {template}: {} {}", got.status, got.body));
            }
        }
    }
    for (method, template, text, _) in MATRIX {
        let of_nobody = format!("/api/v1/accounts/{}/{}", world.account, path(template));
        let anonymous = world.send(method, &of_nobody, None, text).await;
        let made_up = world.api(&stranger, method, &path(template), body(text)).await;
        // A session's token is nothing that an address may carry.
        let token = world.login("admin").await.token;
        let in_address =
            world.send(method, &format!("{of_nobody}?access_token={token}&ticket={token}"), None, text).await;
        for got in [anonymous, made_up, in_address] {
            if got.status != 401 || got.problem() != "not-signed-in" {
                faults.push(format!("{method} {template}: {} {}", got.status, got.body));
            }
        }
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// The rows of one account by the names of their routes: one of each kind that an address can name. A noun without a row here
/// fails the sweep below.
async fn rows_of(world: &World, admin: &Login) -> BTreeMap<&'static str, String> {
    let (call, recording) = left(world, "support").await;
    let trunk = json!({ "name": "carrier", "networks": ["192.0.2.0/24"] });
    assert_eq!(world.api(admin, "POST", "trunks", trunk).await.status, 201);
    let remark = json!({ "at_ms": 1, "text": "kept" });
    let comment = world.api(admin, "POST", &format!("recordings/{recording}/comments"), remark).await;
    assert_eq!(comment.status, 201, "{}", comment.body);
    let tag = world.api(admin, "POST", "tags", json!({ "name": "complaint" })).await;
    assert_eq!(tag.status, 201, "{}", tag.body);
    let text = json!({ "text": "they call again" });
    let note = world.api(admin, "POST", &format!("conversations/{}/notes", call.conversation), text).await;
    assert_eq!(note.status, 201, "{}", note.body);
    let made = async |path: &str, body: Value| {
        let made = world.api(admin, "POST", path, body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let contact = made("contacts", json!({ "name": "Mei Lin" })).await;
    let gone = made("contacts", json!({ "name": "Lin Mei" })).await;
    let merge = made(&format!("contacts/{contact}/merges"), json!({ "gone": gone })).await;
    let block = made(&format!("contacts/{contact}/block"), json!({ "reason": "abuse" })).await;
    let field = made("contact_fields", json!({ "name": "Order", "kind": "text" })).await;
    let segment = made("segments", json!({ "name": "Regulars", "condition": { "all": [] } })).await;
    let calendar = made("calendars", json!({ "name": "Office", "calendar": { "zone": "Asia/Shanghai" } })).await;
    let hello = json!({ "whose": "everybody", "code": "hello", "title": "Hello", "texts": { "en": "hello" } });
    let phrase = made("quick_phrases", hello).await;
    let shelf = made("phrase_categories", json!({ "name": "Greetings" })).await;
    let room = made("staff_rooms", json!({ "name": "Second line" })).await;
    let agent = world.get(admin, "agents").await[0]["id"].clone();
    let mentorship = made("mentors", json!({ "mentor": world.user(admin, "reviewer").await, "agent": agent })).await;
    let department = made("departments", json!({ "name": "Repair" })).await;
    let ticket_type = made("ticket_types", json!({ "name": "Repair" })).await;
    let ticket = made("tickets", json!({ "type": ticket_type, "title": "a kettle" })).await;
    let due = world.clock.now().as_millis() + 3_600_000;
    let promise = json!({ "to": { "number": "+49307654321" }, "due_from": due, "owner": "queue", "queue": world.queues["support"] });
    assert_eq!(world.api(admin, "POST", "callbacks", promise).await.status, 201);
    let rule = json!({ "name": "Busy", "metric": "waiting", "threshold": 5 });
    let rule = world.api(admin, "POST", "alert_rules", rule).await;
    assert_eq!(rule.status, 201, "{}", rule.body);
    let token = json!({ "name": "wallboard", "permissions": ["queues.read"], "expires_in_days": 30 });
    assert_eq!(world.api(admin, "POST", "api_tokens", token).await.status, 201);
    let floor = ringdesk_routing::Floor {
        queues: vec![ringdesk_routing::QueueFloor {
            queue: world.queues["support"],
            name: "support".into(),
            waiting: 9,
            offered: 0,
            longest_waiting_since: None,
            agents: BTreeMap::new(),
        }],
        agents: vec![],
    };
    let mut watching = world.operations.watching(world.account).await.unwrap();
    let now = world.clock.now();
    assert_eq!(world.operations.watch(now, world.account, &mut watching, &floor, vec![]).await.unwrap(), 1);
    let bridge = json!({ "name": "Bridge", "queue": world.queues["support"] });
    let bridge = world.api(admin, "POST", "text_inboxes", bridge).await;
    assert_eq!(bridge.status, 201, "{}", bridge.body);
    let casino = json!({ "name": "Fraud", "words": ["casino"], "action": "hold", "active": true });
    let filter = made("text_filters", casino).await;
    let bad = InboundText {
        name: "held".into(),
        address: Pii::new("mallory".into()),
        contact_name: None,
        text: Pii::new("best casino".into()),
        files: Vec::new(),
        visit: None,
    };
    let of = bridge.body["id"].as_str().unwrap().parse().unwrap();
    let held = world.operations.receive_text(world.clock.now(), world.account, of, &bad).await;
    assert!(matches!(held, Err(OperationError::Held)));
    let desk = made("text_inboxes", json!({ "name": "IT", "queue": world.queues["support"], "internal": true })).await;
    let question = json!({ "inbox": desk, "client_id": "q", "text": "my screen is dark" });
    let question = world.api(admin, "POST", "help_desk/texts", question).await;
    assert_eq!(question.status, 200, "{}", question.body);
    let attachment = sent_file(world, bridge.body["id"].as_str().unwrap().parse().unwrap()).await;
    let manual = (&Pii::new("manual.pdf".to_owned()), b"%PDF-1.7".to_vec());
    let manual = world.operations.share_file(world.clock.now(), &Actor::System, world.account, manual).await.unwrap();
    let first = async |path: &str| world.get(admin, path).await[0]["id"].as_str().unwrap().to_owned();
    BTreeMap::from([
        ("contacts", contact),
        ("contact_merges", merge),
        ("blocks", block),
        ("contact_fields", field),
        ("segments", segment),
        ("quick_phrases", phrase),
        ("phrase_categories", shelf),
        ("shared_files", manual.id.to_string()),
        ("staff_rooms", room),
        ("help_talks", question.body["conversation"].as_str().unwrap().to_owned()),
        ("mentors", mentorship),
        ("mentoring", call.conversation.to_string()),
        // Nobody but whom it is for ever has one.
        ("suggestions", NOBODY.to_owned()),
        ("departments", department),
        ("text_filters", filter),
        ("filtered_texts", first("filtered_texts").await),
        ("ticket_types", ticket_type),
        ("tickets", ticket),
        ("calendars", calendar),
        ("queues", first("queues").await),
        ("agents", first("agents").await),
        ("users", first("users").await),
        ("inboxes", first("inboxes").await),
        ("flows", first("flows").await),
        ("left_messages", first("left_messages").await),
        ("callbacks", first("callbacks").await),
        ("api_tokens", first("api_tokens").await),
        ("alert_rules", rule.body["id"].as_str().unwrap().to_owned()),
        ("alerts", first("alerts").await),
        ("unserved", first("unserved").await),
        ("trunks", "carrier".to_owned()),
        ("numbers", "1000".to_owned()),
        ("conversations", call.conversation.to_string()),
        ("attachments", attachment.to_string()),
        ("text_inboxes", bridge.body["id"].as_str().unwrap().to_owned()),
        // Nobody but who is asked ever has one.
        ("text_offers", NOBODY.to_owned()),
        ("calls", call.call.to_string()),
        ("work_items", call.work_item.to_string()),
        ("recordings", recording.to_string()),
        ("tags", tag.body["id"].as_str().unwrap().to_owned()),
        ("notes", note.body["id"].as_str().unwrap().to_owned()),
        ("setting_history", first("setting_history").await),
        ("comments", comment.body["id"].as_str().unwrap().to_owned()),
    ])
}

/// The manager of another account, and everything of ours by its true name: none of it is there for them, and none of it
/// has changed.
///
/// Rows: S12.6
#[tokio::test]
async fn what_belongs_to_one_account_is_not_there_for_the_manager_of_another() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let ours = rows_of(&world, &admin).await;
    let other: AccountId = world.id();
    let store = world.operations.store();
    let (_, wrapped) = AccountKey::create(store.root(), other).unwrap();
    let mut tx = store.db.write().await.unwrap();
    accounts::create(&mut tx, world.clock.now(), other, "other", &wrapped).await.unwrap();
    tx.commit().await.unwrap();
    let stranger = NewAgent {
        login: "boss".into(),
        name: "Boss".into(),
        roles: vec!["manager".into(), "technician".into(), "reviewer".into()],
        extension: "1".into(),
        queues: vec![],
        about: About::default(),
    };
    let made = world.operations.create_agent(world.clock.now(), &Actor::System, other, stranger, PASSWORD).await;
    let boss_id = made.ok().unwrap().user;
    let boss = world.login("boss").await;
    assert_eq!(boss.account, other.to_string());

    let named = |template: &str| {
        let noun = template.trim_start_matches('/').split('/').next().unwrap();
        let id = ours.get(noun).unwrap_or_else(|| panic!("{template}: no row of this kind is made for the sweep"));
        template
            .trim_start_matches('/')
            .replace("{id}", id)
            .replace("{name}", id)
            .replace("{device}", NOBODY)
            .replace("{seq}", "1")
    };
    let (mut faults, mut swept) = (Vec::new(), 0);
    let before = world.get(&admin, "audit?limit=1").await[0]["seq"].clone();
    for (method, template, text, _) in MATRIX.iter().filter(|(_, template, ..)| template.contains('{')) {
        if template.contains("{metric}") {
            continue; // every account has the same
        }
        if (*method, *template) == ("PUT", "/numbers/{name}") {
            continue; // what somebody says of a number is of their own account, whoever else says something of it
        }
        if template.starts_with("/channels/") {
            continue; // every account has the same, each with its own settings
        }
        if template.starts_with("/prompts/") {
            continue; // the library of prompts is the house's
        }
        let path = named(template);
        assert!(!path.contains('{'), "{template}: a parameter that nobody fills");
        let got = world.api(&boss, method, &path, body(text)).await;
        if (got.status, got.problem()) != (404, "not-found") {
            faults.push(format!("{method} {template} by another: {} {}", got.status, got.body));
        }
        // It is there: for us. How a call sounds is only there while it does, and a talk for the mentor alone, while the agent has it.
        let is_passing = ["/calls/{id}/quality", "/mentoring/talks/{id}/messages"].contains(template);
        if *method == "GET" && !is_passing {
            let got = world.api(&admin, method, &path, body(text)).await;
            if got.problem() == "not-found" {
                faults.push(format!("{method} {template} by ourselves: {} {}", got.status, got.body));
            }
        }
        swept += 1;
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
    assert!(swept > 40, "{swept}");
    let after = world.get(&admin, "audit?limit=100").await;
    let since = after.as_array().unwrap().iter().filter(|e| e["seq"].as_i64() > before.as_i64());
    let theirs: Vec<&Value> = since.filter(|e| e.to_string().contains(&boss_id.to_string())).collect();
    assert!(theirs.is_empty(), "they left something in our books: {theirs:#?}");
}

/// Rights are those of the moment, not those of the sign-in.
///
/// Rows: S12.6
#[tokio::test]
async fn new_roles_hold_from_the_next_request_on() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let roles = format!("users/{}/roles", id.as_str().unwrap());
    let status = async |path: &str| world.api(&agent, "GET", path, Value::Null).await.status;
    assert_eq!((status("inboxes").await, status("audit").await), (403, 403));
    for (given, inboxes, audit, queues) in [
        (json!(["agent", "supervisor"]), 200, 403, 200),
        (json!(["admin"]), 200, 200, 200),
        (json!(["agent"]), 403, 403, 200),
        (json!([]), 403, 403, 403),
    ] {
        let got = world.api(&admin, "PUT", &roles, json!({ "roles": given })).await;
        assert_eq!(got.status, 204, "{}", got.body);
        let found = (status("inboxes").await, status("audit").await, status("queues").await);
        assert_eq!(found, (inboxes, audit, queues), "{given}");
    }
}
