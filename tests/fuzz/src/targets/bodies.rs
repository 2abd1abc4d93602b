//! Bodies of API requests, in a whole house: reader, operation, rows, and the machines that read the rows again.
//!
//! The first line names an operation of the API's description (`PUT /queues/{id}`), the rest is its body. A line that names
//! none chooses one all the same. Whatever comes: it is answered, with a problem where it is refused, and what was accepted
//! leaves a house that goes on.

use crate::centre::{Answer, Centre};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

/// Where most operations are.
const BELOW: &str = "/api/v1/accounts/{account_id}";
/// Things made and changed before everything is made anew: tables that grow make each request slower.
const WRITES: u32 = 400;

static CENTRE: Mutex<Option<(Centre, u32)>> = Mutex::new(None);
/// What failed on a thread of the house.
static FAILED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Method and path as the description of the API has them, of everything that has a body of JSON; and where its rows are read.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    pub method: String,
    pub path: String,
    /// Paths with GET that show what it writes.
    pub shown: Vec<String>,
}

impl Operation {
    /// As the first line of an input says it.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path.strip_prefix(BELOW).unwrap_or(&self.path))
    }
}

/// Every operation with a body of JSON, in the order of the description.
pub fn operations() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = ringdesk_agent_gateway::openapi::json();
        let description: serde_json::Value = serde_json::from_str(&text).expect("the description is JSON");
        let paths = description["paths"].as_object().expect("paths");
        let reads = |path: &str| paths.get(path).is_some_and(|methods| methods.get("get").is_some());
        let mut all = Vec::new();
        for (path, methods) in paths {
            for (method, described) in methods.as_object().expect("methods") {
                // A form that a browser sends is read by the library, field by field.
                if described.pointer("/requestBody/content/application~1json").is_none() {
                    continue;
                }
                let list = path.split("/{id}").next().unwrap_or(path);
                let mut shown = vec![path.clone(), list.to_owned()];
                shown.dedup();
                shown.retain(|path| path.starts_with(BELOW) && reads(path));
                all.push(Operation { method: method.to_uppercase(), path: path.clone(), shown });
            }
        }
        all
    })
}

/// The operation that an input names, or stands for; and its body.
pub fn read(bytes: &[u8]) -> (&'static Operation, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let all = operations();
    let named = all.iter().find(|operation| operation.name().as_bytes() == line);
    let sum = line.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    (named.unwrap_or(&all[sum % all.len()]), body)
}

pub(super) fn run(bytes: &[u8]) {
    send(bytes);
}

/// Ask, look at the answer, and at the house. Gives the answer.
pub fn send(bytes: &[u8]) -> Answer {
    static HOOK: Once = Once::new();
    HOOK.call_once(listen);
    let (operation, body) = read(bytes);
    // Whoever failed with it in hand left nothing that can be believed.
    let mut place = CENTRE.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut centre, mut writes) = place.take().unwrap_or_else(|| (Centre::open(), 0));
    let from = bytes.iter().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    let path = centre.path(&operation.path);
    let body = centre.filled(&path, body);
    let answer = centre.ask(&operation.method, &path, &body, from);
    let name = operation.name();
    match answer.status {
        200..300 => {
            writes += 1;
            // Who asks may be out of use now, and what was erased is there for nobody.
            let erased = operation.path.ends_with("/erase");
            if goes_on(&mut centre, operation) && !erased && writes < WRITES {
                *place = Some((centre, writes));
            }
        }
        400..500 => {
            problem(&name, &answer);
            *place = Some((centre, writes));
        }
        // A machine that did not reply in time: this one is loaded.
        503 => problem(&name, &answer),
        other => panic!("{name}: {other} {}", answer.body),
    }
    let failed = std::mem::take(&mut *FAILED.lock().unwrap_or_else(PoisonError::into_inner));
    assert!(failed.is_empty(), "{name} was answered {}, and {}", answer.status, failed.join("; "));
    answer
}

fn problem(name: &str, answer: &Answer) {
    assert_eq!(answer.kind, "application/problem+json", "{name}: {}", answer.body);
    let of_ours = |kind: &str| kind.starts_with("urn:ringdesk:problem:");
    assert!(answer.body["type"].as_str().is_some_and(of_ours), "{name}: {}", answer.body);
    assert!(answer.body["title"].as_str().is_some_and(|title| !title.is_empty()), "{name}: {}", answer.body);
    assert_eq!(answer.body["status"], answer.status, "{name}");
}

/// What was written can be read, and nothing that everybody needs has ended. False: who asked is not let in any more.
fn goes_on(centre: &mut Centre, operation: &Operation) -> bool {
    for shown in &operation.shown {
        let path = centre.path(shown);
        let seen = centre.ask("GET", &path, b"", 0);
        if seen.status == 401 || seen.status == 403 {
            return false;
        }
        // One that was put out of use, erased or closed need not be there.
        assert!(
            seen.status < 300 || seen.status == 404 || seen.status == 410,
            "{shown}: {} {}",
            seen.status,
            seen.body
        );
    }
    assert_eq!(centre.failed(), None, "after {}", operation.name());
    true
}

/// Failures on threads that nobody here waits for.
fn listen() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |why| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or_default();
        if ["centre", "sip-", "books-", "media-", "recorder"].iter().any(|of_house| name.starts_with(of_house)) {
            FAILED.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{name}: {why}"));
        }
        before(why);
    }));
}
