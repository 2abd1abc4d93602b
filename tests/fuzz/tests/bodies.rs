//! No body of the API is left out of the target that reads them.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_fuzz::targets::bodies::{operations, read, send};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is accepted of nobody here: one calls, and talks to no agent; no work waits, nobody is in wrap-up or has a telephone
/// with an authenticator, no trunk leads anywhere, nobody writes or has a mentor at their side, and nobody sits at the machine itself,
/// which runs no demo.
const NEEDS_A_CALL: &[&str] = &[
    "/calls",
    "/work_items",
    "/presence/next",
    "/conversations/{id}/messages",
    "/conversations/{id}/cursors",
    "/conversations/{id}/pass",
    "/quick_phrases/{id}/use",
    "/shared_files/{id}",
    "/mentoring/talks",
    "/help_desk/texts",
    "/help_talks/{id}/read",
    "/suggestions/{id}",
    "/text_inboxes/{id}",
    "/filtered_texts/{id}/verdict",
    "/presence/wrap_up",
    "/auth/second_factor",
    "/trunks/{name}/test",
    "/auth/demo",
    "/demo/busy_hour",
];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every operation with a body has an input that the whole way accepts; or, where it needs a call, one that is understood.
///
/// Rows: S12.15
#[test]
fn every_operation_with_a_body_has_an_input() {
    let (mut answers, mut said) = (BTreeMap::<String, BTreeSet<u16>>::new(), BTreeMap::<String, String>::new());
    let files = std::fs::read_dir(here().join("corpus/bodies")).unwrap().map(|file| file.unwrap().path());
    for file in files.collect::<BTreeSet<_>>() {
        let bytes = std::fs::read(file).unwrap();
        let (operation, _) = read(&bytes);
        let answer = send(&bytes);
        // A body that was not read says nothing about what is behind.
        let unread = answer.body["detail"].as_str().is_some_and(|why| why.starts_with("Failed to deserialize"));
        if !unread {
            answers.entry(operation.name()).or_default().insert(answer.status);
            said.insert(operation.name(), answer.body.to_string());
        }
    }
    let mut missing = Vec::new();
    for operation in operations() {
        let name = operation.name();
        let got = answers.remove(&name).unwrap_or_default();
        let accepted = got.iter().any(|status| *status < 300);
        let needs_a_call = NEEDS_A_CALL.iter().any(|part| operation.path.contains(part));
        let understood = got.iter().any(|status| [404, 409, 422].contains(status));
        if !(accepted || needs_a_call && understood) {
            missing.push(format!("{name}: {got:?} {:?}", said.get(&name)));
        }
    }
    assert!(missing.is_empty(), "corpus/bodies has no input for which these say yes: {missing:#?}");
}

/// A route that reads a body and does not say so in its description would not be found.
///
/// Rows: S12.15
#[test]
fn every_body_that_is_read_is_described() {
    let routes = here().join("../../agent-gateway/src/routes");
    let mut described = 0;
    let mut paths: Vec<_> = std::fs::read_dir(routes).unwrap().map(|file| file.unwrap().path()).collect();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for route in text.split("#[utoipa::path(").skip(1) {
            let (signature, _) = route.split_once(") -> ").unwrap();
            let (says, reads) = (signature.contains("request_body = "), signature.contains("JsonRejection>"));
            assert_eq!(says, reads, "{}: {signature}", path.display());
            described += usize::from(says);
        }
    }
    assert_eq!(described, operations().len());
}
