//! RTCP: what the other side reports, and what we report after it.

use super::media::{answer_offer, close, dry, leg, offer, phone};
use crate::script::{STEP, Script};
use ringdesk_media::dry::{DryCall, Sent};
use ringdesk_voice::PlayId;
use std::net::SocketAddr;
use std::time::Duration;

/// The first byte: over the RTP port or not, and for how long each report is followed by nothing. Then reports,
/// separated by [`STEP`]; `SSRC` in them is ours.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let choice = script.byte();
    let mux = choice & 1 != 0;
    let mut dry = dry(1);
    answer_offer(&mut dry, 1, offer(1, "0 101", if mux { "a=rtcp-mux\r\n" } else { "" }));
    dry.events();
    dry.play(leg(1), PlayId(1), true);
    dry.pass(Duration::from_millis(500));
    sound(&mut dry);
    let ours = dry.sent().iter().find(|sent| !sent.rtcp).map(|sent| sent.packet[8..12].to_vec());
    let ours = ours.expect("something plays");
    for report in script.rest().split(|byte| *byte == STEP).take(16) {
        let report = with_ssrc(report, &ours);
        let from = SocketAddr::new(phone(1).ip(), 5_001);
        let (malformed, strange) = (figure(&dry, "rtcp_malformed"), figure(&dry, "rtcp_dropped_source"));
        if mux {
            dry.rtp(1, phone(1), &report)
        } else {
            dry.rtcp(1, from, &report)
        }
        assert!(figure(&dry, "rtcp_malformed") <= malformed + 1);
        // Nobody else is believed.
        dry.rtcp(1, "203.0.113.9:5001".parse().expect("an address"), &report);
        assert_eq!(figure(&dry, "rtcp_dropped_source"), strange + 1);
        dry.pass(Duration::from_millis(u64::from(choice) * 40));
    }
    dry.events();
    dry.pass(Duration::from_secs(11));
    let mut reports = dry.sent();
    reports.extend(close(dry, 1));
    let reports: Vec<Sent> = reports.into_iter().filter(|sent| sent.rtcp).collect();
    assert!(!reports.is_empty(), "we report");
    // We understand our own reports, and send them nowhere but to the other side.
    let mut other = super::media::dry(2);
    answer_offer(&mut other, 2, offer(1, "0 101", ""));
    for report in &reports {
        assert_eq!(report.to.ip(), phone(1).ip());
        assert!(report.packet.len() <= 200, "{} bytes", report.packet.len());
        other.rtcp(1, SocketAddr::new(phone(1).ip(), 5_001), &report.packet);
    }
    assert_eq!(figure(&other, "rtcp_malformed"), 0, "{reports:?}");
    close(other, 1);
}

fn sound(dry: &mut DryCall) {
    for seq in [1, 2, 3, 5, 6, 4, 9u16] {
        let mut packet = vec![0x80, 0];
        packet.extend(seq.to_be_bytes());
        packet.extend((u32::from(seq) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 1]);
        packet.extend([0x7f; 160]);
        dry.rtp(1, phone(1), &packet);
        dry.pass(Duration::from_millis(20));
    }
}

fn with_ssrc(report: &[u8], ours: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(report.len());
    let mut rest = report;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(b"SSRC") {
            Some(after) => {
                out.extend_from_slice(ours);
                rest = after;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

fn figure(dry: &DryCall, name: &str) -> u64 {
    dry.figures().into_iter().find(|(figure, _)| *figure == name).expect("a figure of this name").1
}
