//! Certificates that are made, given, exchanged and refused; the clock is ours.

use super::*;
use rcgen::{CertificateParams, KeyPair};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Clone, Copy)]
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn start() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000)
}

fn config(folder: &TempDir, more: &str) -> Config {
    let text = format!("data = {:?}\n[https]\nlisten = [\"127.0.0.1:0\"]\n{more}", folder.path());
    toml::from_str(&text).unwrap()
}

fn open(folder: &TempDir, more: &str, now: Timestamp) -> Result<Certificates, CertificateFault> {
    Certificates::open(&config(folder, more), &At(now))
}

/// The certificate that is shown.
fn shown(certificates: &Certificates) -> Vec<u8> {
    certificates.shown.key_for_tests().cert[0].to_vec()
}

/// Files of an operator: certificate, key. Valid for so many days from `from`.
fn files(folder: &TempDir, name: &str, from: Timestamp, days: u32) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + from.since(Timestamp(0));
    params.not_after = epoch + (from + DAY * days).since(Timestamp(0));
    let certificate = params.self_signed(&key).unwrap();
    let (file, key_file) = (folder.path().join(format!("{name}.pem")), folder.path().join(format!("{name}.key")));
    std::fs::write(&file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    (file, key_file)
}

fn given(certificate: &Path, key: &Path) -> String {
    format!("[certificates]\ncertificate = {certificate:?}\nkey = {key:?}\n")
}

/// Rows: S16.27
#[test]
fn from_the_first_start_there_is_a_certificate_and_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let more = "[certificates]\nnames = [\"centre.example\", \"203.0.113.7\", \"2001:db8::7\"]\n";
    let first = open(&folder, more, start()).unwrap();
    let facts = first.shown.facts().0;
    for name in ["centre.example", "203.0.113.7", "2001:db8::7", "localhost", "127.0.0.1", "::1"] {
        assert!(facts.names.iter().any(|n| n == name), "{name}: {:?}", facts.names);
    }
    assert!(first.line(start()).unwrap().contains("centre.example"));
    for (file, mode) in [("authority.key", 0o600), ("server.key", 0o600), ("authority.pem", 0o644)] {
        let path = folder.path().join("certificates").join(file);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{file}");
    }
    let again = open(&folder, more, start() + DAY * 30).unwrap();
    assert_eq!(shown(&first), shown(&again), "the same at the next start");
    assert_eq!(first.authority(), again.authority());
    let renamed = open(&folder, "", start() + DAY * 30).unwrap();
    assert_ne!(shown(&renamed), shown(&first), "it is called otherwise now");
    assert_eq!(renamed.authority(), first.authority(), "and people need not install another authority");
}

/// Rows: S16.27
#[test]
fn what_it_makes_is_renewed_in_time_by_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut certificates = open(&folder, "", start()).unwrap();
    let first = shown(&certificates);
    assert!(!certificates.look(start() + DAY * 200).unwrap());
    let later = start() + DAY * 280;
    assert!(certificates.look(later).unwrap(), "a third of its life is left");
    assert_ne!(shown(&certificates), first);
    assert!(certificates.shown.facts().0.not_after > later + DAY * 390);
    assert!(!certificates.look(later + DAY).unwrap());
    // Ten years on the authority's own certificate is a new one, of the same key.
    let (authority, far) = (certificates.authority().unwrap(), start() + DAY * 3_000);
    let anew = open(&folder, "", far).unwrap();
    assert_ne!(anew.authority().unwrap(), authority);
    let key = |pem: &str| Facts::of(&chain(Path::new("authority.pem"), pem.as_bytes()).unwrap()[0]).unwrap().key;
    assert_eq!(key(&anew.authority().unwrap()), key(&authority));
    assert!(anew.line(far).is_ok());
}

/// Rows: S16.27
#[test]
fn the_operators_files_are_shown_and_exchanged_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let (file, key) = files(&folder, "one", start() - DAY, 90);
    let mut certificates = open(&folder, &given(&file, &key), start()).unwrap();
    assert_eq!(certificates.shown.facts().0.names, ["one.example"]);
    assert_eq!(certificates.authority(), None);
    assert!(!certificates.look(start()).unwrap());
    let (next, next_key) = files(&folder, "two", start() - DAY, 90);
    // The certificate has come and its key has not: what was shown still is.
    std::fs::copy(&next, &file).unwrap();
    assert!(matches!(certificates.look(start()), Err(CertificateFault::Misfit { .. })));
    assert!(!certificates.look(start()).unwrap(), "said once");
    assert_eq!(certificates.shown.facts().0.names, ["one.example"]);
    std::fs::copy(&next_key, &key).unwrap();
    assert!(certificates.look(start()).unwrap());
    assert_eq!(certificates.shown.facts().0.names, ["two.example"]);
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(certificates.look(start()), Err(CertificateFault::Unreadable { .. })));
    assert!(!certificates.look(start()).unwrap(), "said once");
    assert_eq!(certificates.shown.facts().0.names, ["two.example"]);
}

/// Rows: S16.27
#[test]
fn what_has_expired_is_shown_and_said() {
    let folder = tempfile::tempdir().unwrap();
    for (days_ago, days, said) in [(100, 90, "it has expired"), (80, 90, "it expires soon"), (10, 90, "")] {
        let (file, key) = files(&folder, "old", start() - DAY * days_ago, days);
        let certificates = open(&folder, &given(&file, &key), start()).unwrap();
        match certificates.line(start()) {
            Ok(_) => assert_eq!(said, ""),
            Err(line) => assert!(!said.is_empty() && line.contains(said), "{line}"),
        }
    }
    let (file, key) = files(&folder, "new", start() + DAY, 90);
    let certificates = open(&folder, &given(&file, &key), start()).unwrap();
    assert!(certificates.line(start()).unwrap_err().contains("not valid yet"));
}

/// Rows: S16.27
#[test]
fn what_cannot_be_used_says_which_file_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let (file, key) = files(&folder, "one", start(), 90);
    let (_, other) = files(&folder, "two", start(), 90);
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let rubbish = folder.path().join("rubbish.pem");
    std::fs::write(&rubbish, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let nowhere = folder.path().join("nowhere.pem");
    for (certificate, key, words) in [
        (&file, &other, ["does not belong", "two.key"]),
        (&nowhere, &key, ["cannot read", "nowhere.pem"]),
        (&file, &nowhere, ["cannot read", "nowhere.pem"]),
        (&empty, &key, ["no certificate in it", "empty.pem"]),
        (&rubbish, &key, ["not a certificate", "rubbish.pem"]),
        (&file, &empty, ["no key in it", "empty.pem"]),
    ] {
        let Err(fault) = open(&folder, &given(certificate, key), start()) else { panic!("{words:?}") };
        let said = fault.to_string();
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let half = format!("[certificates]\ncertificate = {file:?}\n");
    assert!(matches!(open(&folder, &half, start()), Err(CertificateFault::HalfAPair)));
    let named = "[certificates]\nnames = [\"not a name\"]\n";
    assert!(matches!(open(&folder, named, start()), Err(CertificateFault::Name(_))));
    // The key of an authority that people have installed is never replaced by itself.
    open(&folder, "", start()).unwrap();
    std::fs::write(folder.path().join("certificates/authority.key"), "gone").unwrap();
    let Err(fault) = open(&folder, "", start()) else { panic!("a broken key") };
    assert!(fault.to_string().contains("authority.key"), "{fault}");
}

#[test]
fn dates_and_names_are_read_as_they_were_written_and_rubbish_is_not() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["a.example".into(), "192.0.2.1".into()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2024, 2, 29);
    params.not_after = rcgen::date_time_ymd(2051, 12, 31);
    let der = params.self_signed(&key).unwrap().der().to_vec();
    let facts = Facts::of(&der).unwrap();
    assert_eq!(facts.not_before.to_string(), "2024-02-29T00:00:00.000Z");
    assert_eq!(facts.not_after.to_string(), "2051-12-31T00:00:00.000Z");
    assert_eq!(facts.names, ["a.example", "192.0.2.1"]);
    for end in 0..der.len() {
        assert_eq!(Facts::of(&der[..end]), None, "cut at {end}");
    }
    for at in 0..der.len() {
        for value in [0x00, 0x7F, 0x80, 0x84, 0xFF] {
            let mut other = der.clone();
            other[at] = value;
            let _ = Facts::of(&other); // whatever it says, it comes back
        }
    }
}
