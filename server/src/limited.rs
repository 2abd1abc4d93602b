//! Who is limited, for the person at the machine: `ringdesk doctor` shows it, `ringdesk lift` ends it.
//!
//! The running server keeps a page in its data folder, which only its own user can read, while somebody is limited; whoever can
//! read it may also lay a wish beside it. Addresses and extensions stand in it, so it is nowhere else.

use ringdesk_model::{AccountId, Actor, Clock as _, Timestamp, WallClock};
use ringdesk_operations::Operations;
use ringdesk_signaling::{Limit, Limited, SignalingHandle};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the page is written, and wishes are looked for.
const ROUND: Duration = Duration::from_secs(1);
/// An older page is of a server that runs no more.
const FRESH: Duration = Duration::from_secs(10);
/// Lines of one page: a flood has ten thousand addresses.
const LINES: usize = 200;
/// A wish is a line; a longer file is none.
const WISH: u64 = 4_096;

fn page_of(data: &Path) -> PathBuf {
    data.join("limited.txt")
}

fn wish_of(data: &Path) -> PathBuf {
    data.join("lift.txt")
}

/// Keep the page, and carry out wishes; each is in the audit, whoever laid it there.
pub(crate) async fn run_limited(
    signaling: SignalingHandle,
    operations: Arc<Operations>,
    account: AccountId,
    data: PathBuf,
    clock: WallClock,
) {
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        round.tick().await;
        if let Some(wish) = taken(&wish_of(&data)) {
            for (address, extension) in wish.lines().filter_map(read_wish) {
                let lifted = signaling.lift(address, extension.clone()).await;
                tracing::info!(lifted, "limits were lifted from the command line");
                let of = (address, extension.as_deref());
                if let Err(fault) = operations.limit_lifted(clock.now(), &Actor::System, account, of, lifted).await {
                    tracing::error!(%fault, "that limits were lifted could not be audited");
                }
            }
        }
        let limited = signaling.limited().await;
        let page = page_of(&data);
        let kept = match limited.is_empty() {
            true if page.exists() => std::fs::remove_file(&page),
            true => Ok(()),
            false => write_private(&page, &describe(clock.now(), &limited)),
        };
        if let Err(error) = kept {
            tracing::debug!(%error, "the page of who is limited could not be written");
        }
    }
}

/// What the doctor says, a line each.
pub(crate) fn report(data: &Path) -> Vec<String> {
    let page = page_of(data);
    // A file's age: a clock that went back means just now.
    let age = std::fs::metadata(&page).and_then(|meta| meta.modified()).ok().map(|at| at.elapsed().unwrap_or_default());
    match (age, std::fs::read_to_string(&page)) {
        (Some(age), Ok(text)) if age <= FRESH => text.lines().map(str::to_owned).collect(),
        _ => vec!["ok       limits: nobody is limited by a running server".to_owned()],
    }
}

/// Ask the running server to let this address or extension try again at once.
pub(crate) fn lift(data: &Path, address: Option<IpAddr>, extension: Option<&str>) -> std::io::Result<()> {
    let address = address.map_or("-".to_owned(), |address| address.to_string());
    let extension = extension.unwrap_or("-").replace(['\n', '\t'], " ");
    write_private(&wish_of(data), &format!("{address}\t{extension}\n"))
}

fn read_wish(line: &str) -> Option<(Option<IpAddr>, Option<String>)> {
    let (address, extension) = line.split_once('\t')?;
    let address = if address == "-" { None } else { Some(address.parse().ok()?) };
    Some((address, (extension != "-").then(|| extension.to_owned())))
}

/// A wish, which is gone then.
fn taken(path: &Path) -> Option<String> {
    let length = std::fs::symlink_metadata(path).ok()?.len();
    let text = if length <= WISH { std::fs::read_to_string(path).ok() } else { None };
    std::fs::remove_file(path).ok()?;
    text
}

fn describe(now: Timestamp, limited: &[Limited]) -> String {
    let mut page = String::new();
    for one in limited.iter().take(LINES) {
        let Limited { limit, address, extension, since, until, refused, known } = one;
        let who = match (address, extension) {
            (Some(address), Some(extension)) => format!("extension {extension} from {address}"),
            (Some(address), None) => format!("{address}"),
            (None, Some(extension)) => format!("extension {extension}, wherever it is not registered"),
            (None, None) => "all strangers together".to_owned(),
        };
        let known = if *known { ", which is one of ours" } else { "" };
        let why = match limit {
            Limit::Guessing => "too many wrong passwords",
            Limit::Flood => "more messages than a stranger may send",
            Limit::Connections => "more connections than a source may have",
            Limit::Strangers => "more messages than all strangers may send",
        };
        let until = match until {
            Some(until) => format!("over in {} s if nothing more comes", until.since(now).as_secs() + 1),
            None => "over when it closes some".to_owned(),
        };
        let lift = match (limit, address, extension) {
            (Limit::Guessing, Some(address), Some(extension)) => {
                format!("; now: ringdesk lift --address {address} --extension {extension}")
            }
            (Limit::Guessing | Limit::Flood, Some(address), None) => {
                format!("; now: ringdesk lift --address {address}")
            }
            (Limit::Guessing, None, Some(extension)) => format!("; now: ringdesk lift --extension {extension}"),
            _ => String::new(),
        };
        let since = now.since(*since).as_secs();
        // A String takes everything.
        let _ = writeln!(page, "limited  {who}{known}: {why}, for {since} s, {refused} refused; {until}{lift}");
    }
    if limited.len() > LINES {
        let _ = writeln!(page, "limited  {} more", limited.len() - LINES);
    }
    page
}

pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(limit: Limit, address: Option<&str>, extension: Option<&str>) -> Limited {
        let address = address.map(|address| address.parse().unwrap());
        let (since, until) = (Timestamp::from_millis(10_000), Some(Timestamp::from_millis(130_000)));
        Limited { limit, address, extension: extension.map(str::to_owned), since, until, refused: 7, known: false }
    }

    #[test]
    fn the_doctor_says_who_since_when_why_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        assert!(report(folder.path())[0].starts_with("ok"));
        let all = [
            limited(Limit::Guessing, Some("198.51.100.7"), Some("2001")),
            limited(Limit::Flood, Some("198.51.100.8"), None),
            limited(Limit::Strangers, None, None),
        ];
        let page = describe(Timestamp::from_millis(70_000), &all);
        write_private(&page_of(folder.path()), &page).unwrap();
        let lines = report(folder.path());
        assert_eq!(
            lines[0],
            "limited  extension 2001 from 198.51.100.7: too many wrong passwords, for 60 s, 7 refused; over in 61 s if nothing \
             more comes; now: ringdesk lift --address 198.51.100.7 --extension 2001"
        );
        assert!(
            lines[1].contains("198.51.100.8: more messages") && lines[2].contains("all strangers together"),
            "{page}"
        );
        assert_eq!(lines.len(), 3);
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(page_of(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_wish_is_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let wish = || taken(&wish_of(folder.path())).map(|text| text.lines().filter_map(read_wish).collect::<Vec<_>>());
        assert_eq!(wish(), None);
        let address = "198.51.100.7".parse().unwrap();
        lift(folder.path(), Some(address), Some("2001")).unwrap();
        assert_eq!(wish(), Some(vec![(Some(address), Some("2001".to_owned()))]));
        assert_eq!(wish(), None);
        lift(folder.path(), None, Some("2001")).unwrap();
        assert_eq!(wish(), Some(vec![(None, Some("2001".to_owned()))]));
        std::fs::write(wish_of(folder.path()), "x".repeat(10_000)).unwrap();
        assert_eq!(wish(), None, "no wish is so long");
        assert!(!wish_of(folder.path()).exists());
        assert_eq!(read_wish("nobody\t-"), None);
    }
}
