//! The description of the API is committed, so that a change of it is seen in review.

/// Write it anew with `RINGDESK_UPDATE=1`.
#[test]
fn the_committed_description_is_this_programs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let ours = ringdesk_agent_gateway::openapi::json() + "\n";
    if std::env::var_os("RINGDESK_UPDATE").is_some() {
        std::fs::write(path, &ours).expect("docs/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(path).expect("docs/openapi.json is committed");
    assert!(committed == ours, "docs/openapi.json is not what this program serves: run `make openapi` and review it");
}
