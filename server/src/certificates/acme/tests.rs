//! What can be told without an authority; with a real one: the interop suite.

use super::*;
use instant_acme::{Error, Problem};

fn config(more: &str) -> Result<AcmeConfig, CertificateFault> {
    let text = format!("agree_to_terms = true\nnames = [\"Centre.Example.\"]\n{more}");
    toml::from_str::<AcmeConfig>(&text).unwrap().check()
}

/// Rows: S16.27
#[test]
fn what_cannot_work_is_said_at_the_start() {
    let fine = config("").unwrap();
    assert_eq!((fine.names[0].as_str(), fine.challenge), ("centre.example", Challenge::Http));
    assert_eq!(fine.listen[0].port(), 80);
    for (more, word) in [("directory = \"http://a.example\"", "https://"), ("listen = []", "listen")] {
        let Err(fault) = config(more) else { panic!("{more}") };
        assert!(fault.to_string().contains(word), "{fault}");
    }
    assert!(config("listen = []\nchallenge = \"tls-alpn-01\"").is_ok());
    for (text, word) in [
        ("agree_to_terms = false\nnames = [\"a.example\"]", "agree_to_terms"),
        ("agree_to_terms = true\nnames = []", "names"),
        ("agree_to_terms = true\nnames = [\"no name\"]", "no name"),
    ] {
        let Err(fault) = toml::from_str::<AcmeConfig>(text).unwrap().check() else { panic!("{text}") };
        assert!(fault.to_string().contains(word), "{fault}");
    }
}

/// Rows: S16.27
#[test]
fn failures_space_themselves_out_and_end_at_six_hours() {
    let minute = a_minute();
    let waits: Vec<u64> = (0..4).map(|failures| wait(minute, failures).as_secs()).collect();
    assert_eq!(waits, [60, 120, 240, 480]);
    assert_eq!(wait(minute, 9), LONGEST_WAIT);
    assert_eq!(wait(NonZeroU32::MAX, u32::MAX), LONGEST_WAIT);
}

/// Rows: S16.27
#[test]
fn what_an_authority_says_has_a_kind() {
    let problem = |kind: &str, status: u16| {
        let text = format!(r#"{{"type":"urn:ietf:params:acme:error:{kind}","detail":"a\u0007b","status":{status}}}"#);
        AcmeFault::from(&serde_json::from_str::<Problem>(&text).unwrap())
    };
    for (kind, status, told) in [
        ("rateLimited", 429, "rate_limited"),
        ("serverInternal", 500, "unreachable"),
        ("serverInternal", 429, "rate_limited"),
        ("rejectedIdentifier", 400, "name_refused"),
        ("caa", 403, "name_refused"),
        ("accountDoesNotExist", 400, "account_refused"),
        ("externalAccountRequired", 403, "account_refused"),
        ("malformed", 400, "refused"),
        ("", 429, "rate_limited"),
    ] {
        let fault = problem(kind, status);
        assert_eq!(fault.kind(), told, "{kind} {status}");
        assert!(!fault.to_string().contains('\u{7}') && !fault.advice().is_empty());
    }
    assert_eq!(AcmeFault::from(Error::Timeout(None)).kind(), "unreachable");
}

/// Rows: S16.27
#[test]
fn the_doctor_reads_what_the_server_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.state");
    assert_eq!(AcmeState::read(&file), None);
    let now = Timestamp::from_millis(1_795_000_000_000);
    let mut state = AcmeState::default();
    state.ordering(now);
    state.failed(&AcmeFault::RateLimited("slowly".into()), now + Duration::from_secs(60));
    state.ordering(now + Duration::from_secs(60));
    state.failed(&AcmeFault::Unreachable("no route".into()), now + Duration::from_secs(180));
    state.write(&file);
    let read = AcmeState::read(&file).unwrap();
    assert_eq!((read.phase, read.failures), (Phase::Failing, 2));
    let (kind, said) = read.fault.clone().unwrap();
    assert!(kind == "unreachable" && said.contains("no route"), "{said}");
    let mut healed = read;
    healed.good(now + Duration::from_secs(999));
    assert_eq!((healed.failures, healed.fault.is_none(), healed.phase), (0, true, Phase::Good));
}
