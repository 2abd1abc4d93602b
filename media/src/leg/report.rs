//! RTCP (RFC 3550 §6): reports of ours, and what the other side reports of us. Ends here, per leg; never relayed.

use crate::rtp::inflow::Inflow;
use crate::rtp::outflow::Outflow;
use bytes::Bytes;
use ringdesk_model::Timestamp;
use rtc_rtcp::Packet;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::packet::{marshal, unmarshal};
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use std::net::SocketAddr;

/// Seconds from 1900 (NTP) to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;
/// The cumulative loss is a signed number of 24 bits.
const MOST_LOST: u64 = 0x7f_ffff;

/// What is left of a loss with the next report.
const FADING: f32 = 0.7;

#[derive(Debug)]
pub(crate) struct Reports {
    cname: u64,
    heard_from: Option<SocketAddr>,
    /// Middle of the last sender report's time, and when it arrived.
    last_sr: Option<(u32, Timestamp)>,
    sent_packets_then: u64,
    pub(crate) rtt_ms: Option<f32>,
    pub(crate) remote_loss: Option<f32>,
    /// The same of late: between its last two reports, and fading from what was worse before.
    pub(crate) recent_loss: Option<f32>,
    /// Between its last two reports alone.
    pub(crate) latest_loss: Option<f32>,
    news: Option<f32>,
}

impl Reports {
    pub(crate) fn new(cname: u64) -> Self {
        Reports {
            cname,
            heard_from: None,
            last_sr: None,
            sent_packets_then: 0,
            rtt_ms: None,
            remote_loss: None,
            recent_loss: None,
            latest_loss: None,
            news: None,
        }
    }

    /// Where the other side's reports come from.
    pub(crate) fn heard_from(&self) -> Option<SocketAddr> {
        self.heard_from
    }

    /// Forget what belonged to the address of before.
    pub(crate) fn moved(&mut self) {
        self.heard_from = None;
    }

    /// The loss in a report that nobody has looked at yet.
    pub(crate) fn take_news(&mut self) -> Option<f32> {
        self.news.take()
    }

    /// Read what the other side reports. `false`: malformed.
    pub(crate) fn hear(&mut self, mut body: &[u8], from: Option<SocketAddr>, out: &Outflow, now: Timestamp) -> bool {
        let Ok(packets) = unmarshal(&mut body) else { return false };
        self.heard_from = from.or(self.heard_from);
        for packet in &packets {
            let any = packet.as_any();
            if let Some(sr) = any.downcast_ref::<SenderReport>() {
                self.last_sr = Some(((sr.ntp_time >> 16) as u32, now));
                self.blocks(&sr.reports, out, now);
            } else if let Some(rr) = any.downcast_ref::<ReceiverReport>() {
                self.blocks(&rr.reports, out, now);
            }
        }
        true
    }

    fn blocks(&mut self, reports: &[ReceptionReport], out: &Outflow, now: Timestamp) {
        for report in reports.iter().filter(|r| r.ssrc == out.ssrc) {
            let lost = if u64::from(report.total_lost) > MOST_LOST { 0 } else { report.total_lost };
            if out.packets > 0 {
                self.remote_loss = Some((lost as f32 / out.packets as f32).min(1.0));
            }
            let lately = f32::from(report.fraction_lost) / 256.0;
            self.latest_loss = Some(lately);
            self.news = Some(lately);
            self.recent_loss = Some(lately.max(self.recent_loss.unwrap_or(0.0) * FADING));
            if report.last_sender_report != 0 {
                // RFC 3550 §6.4.1: A − LSR − DLSR, in 1/65536 s; negative when their clock lies.
                let rtt = (ntp(now) >> 16) as u32;
                let rtt = rtt.wrapping_sub(report.last_sender_report).wrapping_sub(report.delay);
                if (rtt as i32) >= 0 && rtt < 60 << 16 {
                    self.rtt_ms = Some(rtt as f32 * 1000.0 / 65536.0);
                }
            }
        }
    }

    /// A compound packet: SR where we sent since the last one, else RR; CNAME; BYE at the end.
    pub(crate) fn compose(&mut self, inflow: &mut Inflow, out: &Outflow, bye: bool, now: Timestamp) -> Option<Bytes> {
        let reports: Vec<ReceptionReport> = self.reception(inflow, now).into_iter().collect();
        let active = out.packets != self.sent_packets_then;
        self.sent_packets_then = out.packets;
        let ssrc = out.ssrc;
        let report: Box<dyn Packet> = if active {
            Box::new(SenderReport {
                ssrc,
                ntp_time: ntp(now),
                rtp_time: out.timestamp_at(now),
                packet_count: out.packets as u32,
                octet_count: out.octets as u32,
                reports,
                profile_extensions: Bytes::new(),
            })
        } else {
            Box::new(ReceiverReport { ssrc, reports, profile_extensions: Bytes::new() })
        };
        // RFC 7022 §4.2: a name that says nothing about the machine, new for every session.
        let text = Bytes::from(format!("{:016x}", self.cname));
        let item = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text };
        let chunk = SourceDescriptionChunk { source: ssrc, items: vec![item] };
        let mut packets = vec![report, Box::new(SourceDescription { chunks: vec![chunk] }) as Box<dyn Packet>];
        if bye {
            packets.push(Box::new(Goodbye { sources: vec![ssrc], reason: Bytes::new() }));
        }
        marshal(&packets).ok().map(Into::into)
    }

    fn reception(&self, inflow: &mut Inflow, now: Timestamp) -> Option<ReceptionReport> {
        let ssrc = inflow.ssrc()?;
        let (last_sender_report, delay) = self.last_sr.map_or((0, 0), |(sr, at)| {
            let delay = now.since(at).as_micros() * 65536 / 1_000_000;
            (sr, u32::try_from(delay).unwrap_or(u32::MAX))
        });
        let figures = &mut inflow.figures;
        Some(ReceptionReport {
            ssrc,
            fraction_lost: figures.fraction_lost(),
            total_lost: figures.lost().min(MOST_LOST) as u32,
            last_sequence_number: figures.highest(),
            jitter: figures.jitter_ticks(),
            last_sender_report,
            delay,
        })
    }
}

fn ntp(now: Timestamp) -> u64 {
    let us = now.0.max(0).unsigned_abs();
    let fraction = (us % 1_000_000) << 32;
    ((us / 1_000_000 + NTP_EPOCH) << 32) | (fraction / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const T0: Timestamp = Timestamp(1_790_000_000_000_000);

    fn at(ms: u64) -> Timestamp {
        T0 + Duration::from_millis(ms)
    }

    #[test]
    fn two_sides_measure_round_trip_and_loss() {
        let (mut a, mut b) = (Reports::new(1), Reports::new(2));
        let (mut a_out, b_out) = (Outflow::new(7, 0, 0), Outflow::new(8, 0, 0));
        let (mut a_in, mut b_in) = (Inflow::default(), Inflow::default());
        for n in (0..100u16).filter(|n| n % 10 != 5) {
            b_in.arrive(7, n, T0);
        }
        for _ in 0..100 {
            a_out.count(160);
        }
        // A → B takes 30 ms, B waits 200 ms, B → A takes 50 ms.
        let sr = a.compose(&mut a_in, &a_out, false, at(0)).unwrap();
        assert!(b.hear(&sr, None, &b_out, at(30)));
        let rr = b.compose(&mut b_in, &b_out, true, at(230)).unwrap();
        assert_eq!(rr[1], 201, "nothing sent: a receiver report");
        assert!(a.hear(&rr, None, &a_out, at(280)));
        assert!((a.rtt_ms.unwrap() - 80.0).abs() < 0.1, "{:?}", a.rtt_ms);
        assert!((a.remote_loss.unwrap() - 0.1).abs() < 0.001);
        assert_eq!(b.rtt_ms, None);
        assert!(!a.hear(&[0x80, 200, 0, 9, 1], None, &a_out, at(300)));
    }
}
