//! What goes to a court or a customer beside a recording: what it is, how it can be checked, and that this house says so.

use crate::gap::Gap;
use crate::hex;
use crate::read::{Ending, Fault};
use crate::render::{Format, Rendered};
use crate::verify::Verdict;
use ringdesk_model::{AccountId, CallId, ConversationId, RecordingId, Timestamp};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};

const FORMAT: &str = "ringdesk-recording-certificate-1";
const DOMAIN: &str = "recording certificate 1";
const METHOD: &str = "The log consists of blocks. Each is sealed with AES-256-GCM under a key of this recording alone, and \
begins, inside its seal, with the SHA-256 of the sealed block before it. chain_head is the SHA-256 of the last one, sha256 \
that of the whole file. The proof is an HMAC-SHA-256 over this document without it, under the account's key.";

/// Times are written twice: as microseconds since 1970 in UTC, and as a person reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub format: String,
    pub account: AccountId,
    pub conversation: ConversationId,
    pub recording: RecordingId,
    pub call: Option<CallId>,
    pub started_at: Timestamp,
    pub started: String,
    pub ended_at: Timestamp,
    pub ended: String,
    pub duration_ms: i64,
    pub log: CertifiedLog,
    pub file: Option<CertifiedFile>,
    pub gaps: Vec<Gap>,
    pub method: String,
    pub issued_at: Timestamp,
    pub issued: String,
    /// Who asked for it, as the audit names them.
    pub issued_to: String,
    pub proof: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedLog {
    pub bytes: u64,
    pub sha256: String,
    pub chain_head: String,
    pub blocks: u32,
    pub intact: bool,
    /// It is, byte for byte, what was stored when the call ended.
    pub as_stored: Option<bool>,
    pub ending: Ending,
    pub faults: Vec<Fault>,
    pub packets: Option<u64>,
}

/// The file that people hear, as it is exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedFile {
    pub format: Format,
    pub bytes: u64,
    pub sha256: String,
}

impl CertifiedFile {
    pub fn of(rendered: &Rendered) -> CertifiedFile {
        CertifiedFile::new(rendered.format, rendered.bytes, &rendered.sha256)
    }

    pub fn new(format: Format, bytes: u64, sha256: &[u8]) -> CertifiedFile {
        CertifiedFile { format, bytes, sha256: hex::text(sha256) }
    }
}

impl Certificate {
    /// `gaps`: those of the rendering where there is one, they know more.
    pub fn issue(
        key: &AccountKey,
        conversation: ConversationId,
        verdict: &Verdict,
        gaps: &[Gap],
        file: Option<CertifiedFile>,
        (issued_at, issued_to): (Timestamp, &str),
    ) -> Certificate {
        let mut certificate = Certificate {
            format: FORMAT.into(),
            account: key.account(),
            conversation,
            recording: verdict.recording,
            call: verdict.call,
            started_at: verdict.started_at,
            started: verdict.started_at.to_string(),
            ended_at: verdict.ended_at,
            ended: verdict.ended_at.to_string(),
            duration_ms: verdict.duration_ms,
            log: CertifiedLog {
                bytes: verdict.bytes,
                sha256: hex::text(&verdict.sha256),
                chain_head: hex::text(&verdict.chain_head),
                blocks: verdict.blocks,
                intact: verdict.intact,
                as_stored: verdict.as_stored,
                ending: verdict.ending,
                faults: verdict.faults.clone(),
                packets: verdict.totals.as_ref().map(|t| t.tracks.iter().map(|t| t.packets).sum()),
            },
            file,
            gaps: gaps.to_vec(),
            method: METHOD.into(),
            issued_at,
            issued: issued_at.to_string(),
            issued_to: issued_to.into(),
            proof: String::new(),
        };
        certificate.proof = hex::text(&key.prove(DOMAIN, certificate.text().as_bytes()));
        certificate
    }

    /// Was it issued here, and is it unchanged?
    pub fn holds(&self, key: &AccountKey) -> bool {
        let unproven = Certificate { proof: String::new(), ..self.clone() };
        hex::bytes(&self.proof).is_some_and(|proof| key.proves(DOMAIN, unproven.text().as_bytes(), &proof))
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and numbers are always JSON")
    }

    /// Its fields have one order, so its text is always the same.
    fn text(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are always JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::render;
    use crate::testing::{START, a_call, account_key, recording_key};
    use crate::verify::verify;
    use ringdesk_model::Ids;
    use std::io::Cursor;
    use std::time::Duration;

    /// Rows: S4.8, S10.19
    #[test]
    fn it_names_the_hashes_and_holds_until_somebody_writes_in_it() {
        let (key, log) = (recording_key(1), a_call(&recording_key(9), Duration::from_millis(10)).bytes());
        assert!(render(&key.log(), Cursor::new(log), Format::Wav, Vec::new()).is_err(), "another's log");
        let log = a_call(&key, Duration::from_secs(2)).bytes();
        let verdict = verify(&key.log(), &log[..], None).unwrap();
        let (rendered, file) = render(&key.log(), Cursor::new(log), Format::Wav, Vec::new()).unwrap();
        assert_eq!(hex::text(&rendered.sha256), CertifiedFile::of(&rendered).sha256);
        assert_eq!(file.len() as u64, rendered.bytes);
        let conversation = Ids::seeded(5).next(START);
        let to = (START, "user:7");
        let file = Some(CertifiedFile::of(&rendered));
        let certificate = Certificate::issue(account_key(), conversation, &verdict, &rendered.played.gaps, file, to);
        assert!(certificate.holds(account_key()));
        assert_eq!(certificate.log.sha256, hex::text(&verdict.sha256));
        assert_eq!(certificate.log.packets, Some(200));
        let read: Certificate = serde_json::from_str(&certificate.json()).unwrap();
        assert_eq!(read, certificate);
        assert!(read.holds(account_key()));
        let mut forged = read.clone();
        forged.ended_at = Timestamp(forged.ended_at.0 + 1);
        assert!(!forged.holds(account_key()));
        let mut forged = read;
        forged.proof = hex::text(&[0; 32]);
        assert!(!forged.holds(account_key()));
    }
}
