//! The tidy test. Fast and plain; each fault names the file and what to do about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which rooms a room may stand on (ARCHITECTURE.md, "Dependencies"), without the `ringdesk-` of the package names.
/// `server` may use everything; dev-dependencies are not restricted.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("voice", &["model"]),
    ("audio", &["model"]),
    ("language", &["model"]),
    ("rules", &["model", "language"]),
    ("vault", &["model"]),
    ("call-control", &["model", "voice"]),
    ("ivr", &["model", "voice", "language", "rules"]),
    ("conversations", &["model", "language"]),
    ("contacts", &["model", "language", "rules"]),
    ("tickets", &["model", "rules"]),
    ("notices", &[]),
    ("routing", &["model"]),
    ("access", &["model"]),
    ("readiness", &["model"]),
    ("reports", &["model"]),
    ("switchboard", &["model", "voice", "call-control", "ivr", "routing"]),
    ("signaling", &["model", "voice"]),
    ("media", &["model", "voice", "audio"]),
    ("asr", &["model", "voice", "audio", "language"]),
    ("tts", &["model", "voice", "audio", "language"]),
    ("recordings", &["model", "voice", "audio", "vault"]),
    ("channels", &["model"]),
    (
        "storage",
        &["model", "contacts", "conversations", "tickets", "routing", "access", "reports", "vault", "language"],
    ),
    (
        "operations",
        &[
            "model",
            "language",
            "rules",
            "storage",
            "contacts",
            "conversations",
            "tickets",
            "notices",
            "routing",
            "access",
            "reports",
            "vault",
        ],
    ),
    (
        "agent-gateway",
        &[
            "model",
            "channels",
            "operations",
            "storage",
            "contacts",
            "conversations",
            "tickets",
            "notices",
            "routing",
            "access",
            "readiness",
            "reports",
        ],
    ),
    ("flows", &[]),
    ("properties", &[]),
    ("listening", &["audio"]),
    ("interop", &["audio", "listening"]),
    ("hostile", &[]),
    (
        "fuzz",
        &[
            "model",
            "voice",
            "language",
            "channels",
            "vault",
            "ivr",
            "conversations",
            "signaling",
            "media",
            "recordings",
            "asr",
            "tts",
            "storage",
            "operations",
            "agent-gateway",
        ],
    ),
    ("soak", &["model", "storage", "operations", "interop"]),
    ("tidy", &[]),
];

/// Folders whose sources read no clock, socket, thread, environment or randomness.
const PURE: &[&str] = &["foundation", "call-control", "ivr", "core", "switchboard", "signaling/src/core"];
/// The exceptions among them, each with its reason.
const IMPURE: &[(&str, &str)] = &[
    ("foundation/model/src/clock.rs", "the one place that reads the clock"),
    ("foundation/vault/src", "keys come from the system's randomness and live in a file"),
];
const FORBIDDEN_IN_PURE: &[&str] = &[
    "tokio::",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::thread",
    "std::env",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "rand::",
];

const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "CC0-1.0",
    "0BSD",
    "Unlicense",
    "MIT-0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "OpenSSL",
    "MPL-2.0",
];
/// One provider of cryptography (`ring`), no OpenSSL; see ARCHITECTURE.md.
const BANNED: &[&str] = &["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"];

/// Nobody sees to these any more (RustSec says so): not in what we ship.
const UNMAINTAINED: &[&str] = &[
    "adler",
    "ansi_term",
    "atty",
    "backoff",
    "bincode",
    "buf_redux",
    "daemonize",
    "derivative",
    "dotenv",
    "encoding",
    "failure",
    "fxhash",
    "humantime",
    "instant",
    "mach",
    "net2",
    "number_prefix",
    "paste",
    "proc-macro-error",
    "rustls-pemfile",
    "serde_cbor",
    "serde_yaml",
    "stdweb",
    "structopt",
    "tempdir",
    "term_size",
    "trust-dns-proto",
    "users",
    "yaml-rust",
];
/// In the binary in more than one version, because of what others depend on. Each costs memory, time to compile, and a second place to
/// mend; a new one wants a reason.
const DOUBLE: &[&str] = &[
    "base64",
    "block-buffer",
    "cpufeatures",
    "crypto-common",
    "digest",
    "getrandom",
    "hashbrown",
    "itertools",
    "nom",
    "rand",
    "rand_core",
    "sha1",
    "sha2",
    "shlex",
    "syn",
    "synstructure",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the test lies in the project")
}

fn sources(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !["target", "data", "node_modules", "dist", ".git", "corpus", "fixtures", "snapshots", "generated"]
                .iter()
                .any(|d| name == *d)
            {
                sources(&path, found);
            }
            // Declarations of types are made from a description; nobody writes them.
        } else if path.extension().is_some_and(|e| e == "rs" || e == "ts" || e == "tsx")
            && !name.to_string_lossy().ends_with(".d.ts")
        {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    sources(&root, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|p| {
            (
                p.strip_prefix(&root).expect("found below it").to_string_lossy().into_owned(),
                fs::read_to_string(&p).expect("sources are text"),
            )
        })
        .collect()
}

fn metadata(extra: &[&str]) -> serde_json::Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(extra)
        .current_dir(root())
        .output()
        .expect("cargo runs: it runs this test");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON")
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn rooms_stand_only_on_rooms_below_them() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(r, u)| (*r, u.iter().copied().collect())).collect();
    let mut faults = Vec::new();
    for package in metadata(&["--no-deps"])["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "ringdesk" {
            continue;
        }
        let room = name.strip_prefix("ringdesk-").unwrap();
        let Some(may_use) = allowed.get(room) else {
            faults.push(format!("{room}: not in the dependency table; add it there and to ARCHITECTURE.md"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"].is_null()) {
            if let Some(used) = dependency["name"].as_str().unwrap().strip_prefix("ringdesk-")
                && !may_use.contains(used)
            {
                faults.push(format!("{room} uses {used}, which it may not"));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn pure_rooms_are_pure() {
    let mut faults = Vec::new();
    for (path, text) in all_sources() {
        let pure = PURE.iter().any(|p| path.starts_with(p)) && !IMPURE.iter().any(|(p, _)| path.starts_with(p));
        if !pure || path.contains("/tests") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for word in FORBIDDEN_IN_PURE.iter().filter(|w| line.contains(**w)) {
                faults.push(format!("{path}:{}: `{word}` in a pure room; take it as an argument", number + 1));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn files_stay_short() {
    let sources = all_sources();
    let mut faults = Vec::new();
    let mut long = 0;
    for (path, text) in &sources {
        let lines = text.lines().count();
        long += usize::from(lines > 400);
        if lines > 1_000 {
            faults.push(format!("{path}: {lines} lines; the wall is 1,000, split it by noun"));
        }
        if path.starts_with("switchboard/src") && lines > 400 {
            faults.push(format!("{path}: {lines} lines; a desk stays below 400, the decision belongs to a room"));
        }
    }
    if long * 10 > sources.len() {
        faults.push(format!("{long} of {} files are above 400 lines; 90 % stay below", sources.len()));
    }
    assert_none(faults);
}

#[test]
fn every_room_has_a_front_page() {
    let mut faults = Vec::new();
    for package in metadata(&["--no-deps"])["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let lib = manifest.parent().unwrap().join("src/lib.rs");
        let page = fs::read_to_string(&lib).unwrap_or_default();
        if page.lines().take_while(|l| l.starts_with("//!")).count() < 2 {
            faults.push(format!(
                "{}: lib.rs says what the room is, what it is not, and the reading order",
                package["name"]
            ));
        }
    }
    assert_none(faults);
}

#[test]
fn every_buffer_is_bounded() {
    let mut faults = Vec::new();
    for (path, text) in all_sources().into_iter().filter(|(p, _)| !p.starts_with("tests/")) {
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            if ["unbounded_channel", "unbounded(", "mpsc::channel()"].iter().any(|w| line.contains(w)) {
                faults.push(format!("{path}:{}: an unbounded buffer", number + 1));
            }
        }
    }
    assert_none(faults);
}

/// In the description of the API a shape has its name alone: of two of one name, one would stand for both.
#[test]
fn shapes_of_the_api_have_names_of_their_own() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (path, text) in all_sources().into_iter().filter(|(p, _)| p.starts_with("agent-gateway/src")) {
        let mut described = false;
        for line in text.lines().map(str::trim_start) {
            let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
            let name = words.by_ref().find(|word| ["struct", "enum"].contains(word)).and_then(|_| words.next());
            match (line.starts_with("#[derive("), name) {
                (true, _) => described = line.contains("ToSchema"),
                (false, Some(name)) if described && !line.starts_with("//") && !line.starts_with("#[") => {
                    described = false;
                    if let Some(other) = known.insert(name.to_owned(), path.clone()) {
                        faults.push(format!("{path}: {name} is described in {other}, too"));
                    }
                }
                _ => {}
            }
        }
    }
    assert!(known.len() > 100, "the descriptions were not found");
    assert_none(faults);
}

#[test]
fn nothing_is_half_done() {
    let mut faults = Vec::new();
    for (path, text) in all_sources().into_iter().filter(|(p, _)| !p.starts_with("tests/tidy")) {
        for (number, line) in text.lines().enumerate() {
            if ["todo!(", "unimplemented!(", "FIXME", "XXX"].iter().any(|w| line.contains(w)) {
                faults.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
            if line.trim_start().starts_with("#[ignore") && !line.contains('=') {
                faults.push(format!("{path}:{}: an ignored test without a reason", number + 1));
            }
        }
    }
    assert_none(faults);
}

/// What ends up in the binary: licences, crates that are banned, left alone or there twice. Dev-dependencies never leave the developer's
/// machine. Advisories and versions that were taken back: `scripts/audit`.
///
/// Rows: S12.15
#[test]
fn licences_and_bans() {
    let metadata = metadata(&["--filter-platform", "x86_64-unknown-linux-gnu"]);
    let nodes: BTreeMap<&str, &serde_json::Value> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|n| (n["id"].as_str().unwrap(), n)).collect();
    let packages: BTreeMap<&str, &serde_json::Value> =
        metadata["packages"].as_array().unwrap().iter().map(|p| (p["id"].as_str().unwrap(), p)).collect();
    let binary = packages.iter().find(|(_, p)| p["name"] == "ringdesk").map(|(id, _)| *id).unwrap();
    let (mut open, mut shipped) = (vec![binary], BTreeSet::new());
    while let Some(id) = open.pop() {
        if shipped.insert(id) {
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                if dependency["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"] != "dev") {
                    open.push(dependency["pkg"].as_str().unwrap());
                }
            }
        }
    }
    let mut faults = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for id in &shipped {
        let text = |name: &str| packages[*id][name].as_str().unwrap();
        versions.entry(text("name")).or_default().insert(text("version"));
    }
    for (name, found) in versions.iter().filter(|(name, found)| found.len() > 1 && !DOUBLE.contains(*name)) {
        faults.push(format!("{name}: {found:?}; one version is enough, or say so in DOUBLE"));
    }
    for id in shipped {
        let package = packages[id];
        let name = package["name"].as_str().unwrap();
        if BANNED.contains(&name) {
            faults.push(format!("{name}: banned; `ring` is the one provider of cryptography"));
        }
        if UNMAINTAINED.contains(&name) {
            faults.push(format!("{name}: nobody maintains it"));
        }
        let licence = package["license"].as_str().unwrap_or("(none)");
        // "A OR B": one is enough; "A AND B": all. `/` is the old spelling of OR.
        let fine = |l: &str| LICENCES.contains(&l.trim_matches(['(', ')', ' ']));
        let ok = licence.replace('/', " OR ").split(" OR ").any(|one| one.split(" AND ").all(fine))
            || licence.split(" AND ").all(|one| one.split(" OR ").any(fine));
        if !ok {
            faults.push(format!("{name}: licence `{licence}` is not on the list"));
        }
    }
    assert_none(faults);
}
