//! A call without sockets: scripted packets in, packets out looked at.

mod mixed;
mod pressed;
mod rated;
mod secured;

use super::commands::Command;
use super::{Call, Surroundings, Wire};
use crate::config::Config;
use crate::figures::Figures;
use crate::rtp::packet::{Event, HEADER, Header, parse};
use crate::shard::line::LineId;
use crate::shard::outbox::Outbox;
use crate::shard::wheel::Wheel;
use crate::shelf::Prompt;
use proptest::prelude::*;
use ringdesk_audio::Clip;
use ringdesk_model::{CallId, Full, Ids, Outlet, Timestamp};
use ringdesk_voice::{
    Coding, InterfaceId, LegId, LegQuality, MediaCommand, MediaEvent, PlayEnd, PlayId, Refusal, Sdp, Tapped, Track,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::time::Duration;
use uuid::Uuid;

#[derive(Default)]
struct FakeWire {
    opened: u32,
    rtp: Vec<(LineId, SocketAddr, Vec<u8>)>,
    /// Reports sent: over the RTP port?
    rtcp: Vec<bool>,
    reports: Vec<(LineId, Vec<u8>)>,
    full: bool,
}

impl Wire for FakeWire {
    fn open(&mut self, _: InterfaceId, _: u32) -> Option<(LineId, SocketAddr)> {
        self.opened += u32::from(!self.full);
        let port = 20_000 + 2 * self.opened as u16;
        (!self.full).then(|| (LineId::new(self.opened, 0), SocketAddr::from(([192, 0, 2, 10], port))))
    }
    fn close(&mut self, _: LineId, _: Timestamp) {}
    fn rtp(&mut self, line: LineId, to: SocketAddr, packet: &[u8]) {
        self.rtp.push((line, to, packet.to_vec()));
    }
    fn rtcp(&mut self, line: LineId, mux: bool, _: SocketAddr, packet: &[u8]) {
        self.rtcp.push(mux);
        self.reports.push((line, packet.to_vec()));
    }
    fn is_ipv6(&self, _: InterfaceId) -> Option<bool> {
        Some(false)
    }
}

/// A call on a bench: its clock moves when told.
struct Bench {
    call: Call,
    wire: FakeWire,
    wheel: Wheel,
    outbox: Outbox,
    events: Receiver<(CallId, MediaEvent)>,
    figures: Figures,
    ids: Ids,
    now: Timestamp,
}

const T0: Timestamp = Timestamp(1_790_000_000_000_000);

fn leg(n: u8) -> LegId {
    LegId(Uuid::from_u128(u128::from(n)))
}

fn phone(n: u8) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, n], 5000))
}

fn offer(n: u8, formats: &str, more: &str) -> Sdp {
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.{n}\r\ns=-\r\nc=IN IP4 198.51.100.{n}\r\nt=0 0\r\n\
         m=audio 5000 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{more}"
    );
    Sdp::from(text.into_bytes())
}

impl Bench {
    fn new() -> Self {
        let (tx, events) = sync_channel(10_000);
        let outlet = Outlet::new(move |e| {
            tx.try_send(e).expect("the bench has room");
            Ok::<(), Full<_>>(())
        });
        Bench {
            call: Call::new(CallId(Uuid::nil())),
            wire: FakeWire::default(),
            wheel: Wheel::new(T0),
            outbox: Outbox::new(outlet),
            events,
            figures: Figures::default(),
            ids: Ids::seeded(1),
            now: T0,
        }
    }

    /// Legs 1 to n, PCMU with telephone-event.
    fn with_legs(n: u8) -> Self {
        let mut bench = Bench::new();
        for n in 1..=n {
            bench.join(n, "0 101", "");
        }
        bench.events();
        bench
    }

    fn join(&mut self, n: u8, formats: &str, more: &str) {
        let offer = offer(n, formats, more);
        self.media(MediaCommand::AnswerOffer {
            leg: leg(n),
            interface: InterfaceId(0),
            profile: Default::default(),
            offer,
            prefer: None,
        });
    }

    fn with<R>(&mut self, act: impl FnOnce(&mut Call, &mut Surroundings<'_, FakeWire>) -> R) -> R {
        let settings = Config::default().settings();
        let mut around = Surroundings {
            now: self.now,
            slot: 0,
            wire: &mut self.wire,
            wheel: &mut self.wheel,
            outbox: &mut self.outbox,
            figures: &self.figures,
            ids: &mut self.ids,
            settings: &settings,
            identity: None,
        };
        act(&mut self.call, &mut around)
    }

    fn media(&mut self, command: MediaCommand) {
        self.with(|call, around| call.command(Command::Media(command), around));
    }

    fn hear(&mut self, sink: u8, source: u8) {
        self.media(MediaCommand::Hear { leg: leg(sink), legs: vec![leg(source)] });
    }

    fn play(&mut self, sink: u8, play: u32, samples: usize, repeat: bool) {
        let prompts = vec![Arc::new(Prompt::encode(&Clip::new(vec![800i16; samples])))];
        let command = Command::Play { leg: leg(sink), play: PlayId(play), prompts, missing: false, repeat };
        self.with(|call, around| call.command(command, around));
    }

    fn line(&self, n: u8) -> LineId {
        self.call.legs[self.call.by_id(leg(n)).unwrap()].line
    }

    fn packet(&mut self, n: u8, header: Header, payload: &[u8]) {
        let mut bytes = vec![0; HEADER];
        header.write(&mut bytes);
        bytes.extend(payload);
        let line = self.line(n);
        self.with(|call, around| call.rtp(line, phone(n), &mut bytes, around));
    }

    fn sound(&mut self, n: u8, seq: u16) {
        let header =
            Header { marker: false, payload_type: 0, seq, timestamp: u32::from(seq) * 160, ssrc: u32::from(n) };
        self.packet(n, header, &[n; 160]);
    }

    /// Let time pass, and fire what becomes due.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let next = self.wheel.sleep(self.now).map_or(until, |sleep| (self.now + sleep).min(until));
            self.now = next.max(self.now + Duration::from_micros(1)).min(until);
            let mut fired = Vec::new();
            self.wheel.fire(self.now, &mut fired);
            for entry in fired {
                self.with(|call, around| call.alarm(entry.line, entry.alarm, around));
            }
            if self.now >= until {
                return;
            }
        }
    }

    /// What happened since the last look, but for the ratings.
    fn events(&mut self) -> Vec<MediaEvent> {
        self.events.try_iter().map(|(_, e)| e).filter(|e| !matches!(e, MediaEvent::Quality { .. })).collect()
    }

    /// The ratings of leg `n` since the last look.
    fn ratings(&mut self, n: u8) -> Vec<(LegQuality, bool)> {
        let of = |(_, event)| match event {
            MediaEvent::Quality { leg: of, quality, one_way } if of == leg(n) => Some((quality, one_way)),
            _ => None,
        };
        self.events.try_iter().filter_map(of).collect()
    }

    /// What leg `n` was sent since the last look: header and payload.
    fn sent(&mut self, n: u8) -> Vec<(Header, Vec<u8>)> {
        let line = self.line(n);
        let (mine, others) = self.wire.rtp.drain(..).partition::<Vec<_>, _>(|(l, ..)| *l == line);
        self.wire.rtp = others;
        mine.into_iter()
            .map(|(_, to, packet)| {
                assert_eq!(to, phone(n));
                let (header, payload) = parse(&packet).unwrap();
                assert_eq!(payload.start, HEADER, "nothing of the old header is left");
                (header, packet[payload].to_vec())
            })
            .collect()
    }
}

#[test]
fn keys_are_taken_out_of_the_stream_and_made_anew_for_the_other_side() {
    let mut bench = Bench::new();
    bench.join(1, "0 101", "");
    // The other side knows telephone-event as 96.
    let offer_96 = Sdp::from(
        String::from_utf8(offer(2, "0 96", "").0.to_vec()).unwrap().replace("rtpmap:101", "rtpmap:96").into_bytes(),
    );
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: offer_96,
        prefer: None,
    });
    bench.hear(2, 1);
    bench.events();
    for seq in 100..103 {
        bench.sound(1, seq);
        bench.pass(Duration::from_millis(20));
    }
    let key = |end, duration| Event { code: 3, end, volume: 10, duration }.write();
    let at = |bench: &mut Bench, seq, payload: [u8; 4]| {
        let header = Header { marker: false, payload_type: 101, seq, timestamp: 103 * 160, ssrc: 1 };
        bench.packet(1, header, &payload);
        bench.pass(Duration::from_millis(20));
    };
    at(&mut bench, 103, key(false, 160));
    at(&mut bench, 104, key(false, 320));
    at(&mut bench, 105, key(true, 480));
    at(&mut bench, 106, key(true, 480));
    at(&mut bench, 107, key(true, 480));
    bench.sound(1, 108);
    bench.sound(1, 109);
    let sent = bench.sent(2);
    let seqs: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(sent[0].0.seq)).collect();
    // Three of sound, two updates, three ends, and sound without a gap.
    assert_eq!(seqs, (0..10).collect::<Vec<_>>());
    assert!(sent[3].0.marker && sent[3..8].iter().all(|(h, _)| h.payload_type == 96));
    let start = sent[0].0.timestamp;
    assert!(sent[3..8].iter().all(|(h, _)| h.timestamp.wrapping_sub(start) == 3 * 160));
    let ends: Vec<_> = sent[3..8].iter().map(|(_, p)| (p[1] & 0x80 != 0, u16::from_be_bytes([p[2], p[3]]))).collect();
    assert_eq!(ends, [(false, 160), (false, 320), (true, 480), (true, 480), (true, 480)]);
    assert_eq!(sent[8].0.timestamp.wrapping_sub(start), 8 * 160);
    let digits = bench.events();
    let digits: Vec<_> = digits.iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).collect();
    assert_eq!(digits.len(), 1, "{digits:?}");
    let MediaEvent::Digit { digit, duration, .. } = digits[0] else { unreachable!() };
    assert_eq!((digit.key(), *duration), ('3', Duration::from_millis(60)));
}

#[test]
fn a_key_whose_end_is_lost_is_reported_and_ended_by_time() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    let header = Header { marker: true, payload_type: 101, seq: 9, timestamp: 800, ssrc: 1 };
    bench.packet(1, header, &Event { code: 0, end: false, volume: 3, duration: 800 }.write());
    assert_eq!(bench.sent(2).len(), 1);
    bench.pass(Duration::from_millis(400));
    assert_eq!(bench.sent(2).iter().filter(|(_, p)| p[1] & 0x80 != 0).count(), 3);
    let digits = bench.events().into_iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).count();
    assert_eq!(digits, 1);
    // A second key is timed anew.
    let header = Header { seq: 10, timestamp: 9000, ..header };
    bench.packet(1, header, &Event { code: 1, end: false, volume: 3, duration: 800 }.write());
    bench.pass(Duration::from_millis(400));
    assert_eq!(bench.events().len(), 1);
    // A third is down when its leg goes.
    let header = Header { seq: 11, timestamp: 20_000, ..header };
    bench.packet(1, header, &Event { code: 2, end: false, volume: 3, duration: 800 }.write());
    bench.sent(2);
    bench.media(MediaCommand::Close { leg: leg(1) });
    assert_eq!(bench.sent(2).iter().filter(|(_, p)| p[0] == 2 && p[1] & 0x80 != 0).count(), 3);
}

#[test]
fn conversion_where_the_codecs_differ_and_none_where_they_agree() {
    let mut bench = Bench::new();
    bench.join(1, "0 101", "");
    bench.join(2, "8 101", "");
    bench.hear(2, 1);
    bench.hear(1, 2);
    bench.sound(1, 1);
    let (header, payload) = bench.sent(2).remove(0);
    assert_eq!((header.payload_type, payload.len()), (8, 160));
    assert!(payload.iter().all(|b| *b == ringdesk_audio::g711::ULAW_TO_ALAW[1]));
    // Extension, CSRC and padding stay behind.
    let mut bytes = vec![0xb1, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9, 0xbe, 0xde, 0, 0];
    bytes.extend([0xd5; 80]);
    bytes.extend([0, 2]);
    let line = bench.line(2);
    bench.with(|call, around| call.rtp(line, phone(2), &mut bytes, around));
    let (header, payload) = bench.sent(1).remove(0);
    assert_eq!((header.payload_type, payload), (0, vec![ringdesk_audio::g711::ALAW_TO_ULAW[0xd5]; 80]));
}

#[test]
fn a_prompt_goes_before_the_legs_and_gives_them_back() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    bench.sound(1, 1);
    bench.play(2, 7, 5 * 160, false);
    for seq in 2..10 {
        bench.pass(Duration::from_millis(20));
        bench.sound(1, seq);
    }
    let sent = bench.sent(2);
    let seqs: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(sent[0].0.seq)).collect();
    assert_eq!(seqs, (0..sent.len() as u16).collect::<Vec<_>>());
    let prompt = sent.iter().filter(|(_, p)| p[0] != 1).count();
    assert_eq!(prompt, 5);
    let marks: Vec<usize> = sent.iter().enumerate().filter(|(_, (h, _))| h.marker).map(|(i, _)| i).collect();
    assert_eq!(marks, [0, 1, 6]);
    for pair in sent.windows(2) {
        let step = pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp);
        assert!((160..=480).contains(&step), "{step}");
    }
    let played: Vec<_> = bench.events().into_iter().filter(|e| matches!(e, MediaEvent::Played { .. })).collect();
    assert_eq!(played, [MediaEvent::Played { leg: leg(2), play: PlayId(7), end: PlayEnd::Finished }]);
}

#[test]
fn every_playing_ends_once() {
    let mut bench = Bench::with_legs(1);
    let ends = |bench: &mut Bench| -> Vec<(u32, PlayEnd)> {
        let events = bench.events().into_iter();
        events
            .filter_map(|e| if let MediaEvent::Played { play, end, .. } = e { Some((play.0, end)) } else { None })
            .collect()
    };
    bench.play(1, 1, 1600, true);
    bench.pass(Duration::from_secs(1));
    bench.play(1, 2, 160, false);
    assert_eq!(ends(&mut bench), [(1, PlayEnd::Stopped)]);
    bench.pass(Duration::from_secs(1));
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(2) });
    assert_eq!(ends(&mut bench), [(2, PlayEnd::Finished)]);
    bench.play(1, 3, 1600, true);
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(2) });
    assert_eq!(ends(&mut bench), []);
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(3) });
    bench.play(1, 4, 1600, false);
    bench.media(MediaCommand::Close { leg: leg(1) });
    assert_eq!(ends(&mut bench), [(3, PlayEnd::Stopped), (4, PlayEnd::Stopped)]);
    bench.play(1, 5, 160, false);
    assert_eq!(ends(&mut bench), [(5, PlayEnd::Stopped)], "there is no such leg");
}

#[test]
fn a_held_leg_is_sent_nothing_while_its_prompt_goes_on() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    bench.play(2, 1, 8000, false);
    bench.pass(Duration::from_millis(210));
    bench.join(2, "0 101", "a=sendonly\r\n");
    assert!(matches!(bench.events().last(), Some(MediaEvent::Negotiated { held: true, .. })));
    let before = bench.sent(2);
    bench.pass(Duration::from_millis(400));
    bench.sound(1, 5);
    assert_eq!(bench.sent(2).len(), 0);
    bench.join(2, "0 101", "a=sendrecv\r\n");
    bench.pass(Duration::from_millis(1000));
    let after = bench.sent(2);
    // 50 packets in all, 20 of them unheard; the timestamp kept the time, the numbers show no loss.
    assert_eq!(before.len() + after.len(), 30);
    let (last, first) = (before.last().unwrap().0, after[0].0);
    assert_eq!(first.seq, last.seq.wrapping_add(1));
    assert_eq!(first.timestamp.wrapping_sub(last.timestamp), 21 * 160);
    assert!(bench.events().contains(&MediaEvent::Played { leg: leg(2), play: PlayId(1), end: PlayEnd::Finished }));
}

#[test]
fn silence_is_told_once_and_not_while_held() {
    let mut bench = Bench::with_legs(1);
    let silent = |bench: &mut Bench| bench.events().iter().filter(|e| matches!(e, MediaEvent::Silent { .. })).count();
    bench.sound(1, 1);
    bench.pass(Duration::from_secs(19));
    assert_eq!(silent(&mut bench), 0);
    // Comfort noise is a sign of life.
    let noise = Header { marker: false, payload_type: 13, seq: 2, timestamp: 900, ssrc: 1 };
    bench.packet(1, noise, &[40]);
    bench.pass(Duration::from_secs(19));
    assert_eq!(silent(&mut bench), 0);
    bench.pass(Duration::from_secs(60));
    assert_eq!(silent(&mut bench), 1);
    bench.sound(1, 3);
    bench.pass(Duration::from_secs(45));
    assert_eq!(silent(&mut bench), 1);
    bench.sound(1, 4);
    bench.join(1, "0 101", "a=inactive\r\n");
    bench.pass(Duration::from_secs(100));
    assert_eq!(silent(&mut bench), 0);
    bench.join(1, "0 101", "a=sendrecv\r\n");
    bench.pass(Duration::from_secs(15));
    assert_eq!(silent(&mut bench), 0, "counted from the resumption");
    bench.pass(Duration::from_secs(30));
    assert_eq!(silent(&mut bench), 1);
    assert_eq!(bench.figures.dropped_payload_type.get(), 0);
}

/// Rows: S2.12
#[test]
fn whether_somebody_speaks_is_told_to_who_wants_to_know() {
    let mut bench = Bench::with_legs(2);
    let talk = |bench: &mut Bench| -> Vec<bool> {
        let told = |e: MediaEvent| match e {
            MediaEvent::Talk { leg: of, talking } => Some((of == leg(1)).then_some(talking).expect("of this leg")),
            _ => None,
        };
        bench.events().into_iter().filter_map(told).collect()
    };
    // Packets of 20 ms from leg 1: loud, or µ-law silence. Leg 2 is always loud.
    let mut seq = 0;
    let mut say = |bench: &mut Bench, ms: u16, byte: u8| {
        for _ in 0..ms / 20 {
            seq += 1;
            for n in [1, 2] {
                let header = Header { marker: false, payload_type: 0, seq, timestamp: u32::from(seq) * 160, ssrc: n };
                let payload = if n == 1 { [byte; 160] } else { [0x20; 160] };
                bench.packet(n as u8, header, &payload);
            }
            bench.pass(Duration::from_millis(20));
        }
        seq
    };
    say(&mut bench, 1_000, 0x20);
    assert_eq!(talk(&mut bench), [], "nobody asked");
    bench.media(MediaCommand::Attend { leg: leg(1), on: true });
    say(&mut bench, 1_000, 0xff);
    say(&mut bench, 1_000, 0x20);
    say(&mut bench, 400, 0xff);
    say(&mut bench, 400, 0x20);
    assert_eq!(talk(&mut bench), [false, true], "a pause of 400 ms is none");
    // A telephone that sends nothing, or comfort noise, while nobody speaks.
    bench.pass(Duration::from_millis(1_100));
    assert_eq!(talk(&mut bench), [false]);
    let last = say(&mut bench, 100, 0x20);
    let noise = Header { marker: false, payload_type: 13, seq: last + 1, timestamp: 1, ssrc: 1 };
    bench.packet(1, noise, &[40]);
    assert_eq!(talk(&mut bench), [true, false]);
    bench.media(MediaCommand::Attend { leg: leg(1), on: false });
    bench.media(MediaCommand::Attend { leg: leg(9), on: true });
    say(&mut bench, 1_000, 0x20);
    bench.pass(Duration::from_secs(5));
    assert_eq!(talk(&mut bench), []);
}

#[test]
fn refusals_open_nothing_and_leave_an_open_leg_as_it_was() {
    let mut bench = Bench::new();
    bench.join(1, "18", "");
    assert_eq!(bench.events(), [MediaEvent::Refused { leg: leg(1), why: Refusal::NoCommonCodec }]);
    assert_eq!((bench.call.legs(), bench.wire.opened), (0, 0));
    bench.join(1, "0", "");
    bench.join(2, "0", "");
    bench.hear(2, 1);
    bench.events();
    let t38 =
        String::from_utf8(offer(2, "0", "").0.to_vec()).unwrap().replace("audio 5000 RTP/AVP", "image 5000 udptl");
    let t38 = Sdp::from(t38.into_bytes());
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: t38,
        prefer: None,
    });
    assert_eq!(bench.events(), [MediaEvent::Refused { leg: leg(2), why: Refusal::NoAudio }]);
    bench.sound(1, 1);
    assert_eq!(bench.sent(2).len(), 1);
    bench.wire.full = true;
    bench.join(3, "0", "");
    assert!(bench.events().contains(&MediaEvent::Refused { leg: leg(3), why: Refusal::NoPorts }));
    bench.media(MediaCommand::Close { leg: leg(3) });
    assert!(matches!(bench.events()[..], [MediaEvent::Closed { .. }]));
}

#[test]
fn a_reoffer_keeps_port_and_stream_and_takes_the_codec_of_the_other_leg() {
    let mut bench = Bench::new();
    bench.join(1, "8 0 101", "");
    bench.media(MediaCommand::MakeOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: Some(leg(1)),
    });
    let offers = |bench: &mut Bench| -> Vec<String> {
        let events = bench.events().into_iter();
        events
            .filter_map(|e| if let MediaEvent::Offer { offer, .. } = e { Some(offer) } else { None })
            .map(|o| String::from_utf8(o.0.to_vec()).unwrap())
            .collect()
    };
    let first = offers(&mut bench).remove(0);
    assert!(first.contains("m=audio 20004 RTP/AVP 8 0 101\r\n"), "{first}");
    let answer = offer(2, "8 101", "");
    bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: answer.clone() });
    bench.hear(2, 1);
    bench.packet(1, Header { marker: false, payload_type: 8, seq: 1, timestamp: 0, ssrc: 1 }, &[1; 160]);
    let before = bench.sent(2)[0].0;
    bench.media(MediaCommand::MakeOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: Some(leg(1)),
    });
    assert_eq!(offers(&mut bench), [first]);
    // The answer of another fork comes from elsewhere: sound goes there, in the same stream.
    let elsewhere = String::from_utf8(answer.0.to_vec()).unwrap().replace("198.51.100.2", "198.51.100.9");
    bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: Sdp::from(elsewhere.into_bytes()) });
    bench.packet(1, Header { marker: false, payload_type: 8, seq: 2, timestamp: 160, ssrc: 1 }, &[1; 160]);
    let (_, to, packet) = bench.wire.rtp.remove(0);
    let after = parse(&packet).unwrap().0;
    assert_eq!((to, after.ssrc, after.seq), (phone(9), before.ssrc, before.seq.wrapping_add(1)));
}

#[test]
fn reports_on_the_port_of_the_sound_where_both_want_it() {
    for (more, mux) in [("a=rtcp-mux\r\n", true), ("", false)] {
        let mut bench = Bench::new();
        bench.join(1, "0 101", more);
        bench.sound(1, 1);
        let line = bench.line(1);
        // A receiver report without blocks.
        let mut report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        bench.with(|call, around| call.rtp(line, phone(1), &mut report, around));
        let stranger = SocketAddr::from(([203, 0, 113, 6], 5001));
        bench.with(|call, around| call.rtcp(line, stranger, &mut report.clone(), around));
        let figures = &bench.figures;
        let seen = (figures.rtcp_in.get(), figures.rtcp_malformed.get(), figures.rtcp_dropped_source.get());
        assert_eq!(seen, (2, 0, 1));
        bench.pass(Duration::from_secs(8));
        assert_eq!(bench.wire.rtcp, [mux, mux], "after half the interval, then after a whole one");
    }
}

#[test]
fn a_tap_hears_who_speaks_and_what_is_played_but_no_keys() {
    let mut b = Bench::with_legs(2);
    let (tx, heard) = sync_channel(3);
    let outlet = Outlet::new(move |t| {
        tx.try_send(t).map_err(|e| match e {
            TrySendError::Full(t) | TrySendError::Disconnected(t) => Full(t),
        })
    });
    b.hear(2, 1);
    b.sound(1, 0);
    b.with(|call, around| call.command(Command::Tap(Some(outlet)), around));
    let first = b.now;
    b.sound(1, 1);
    let key = Event { code: 5, end: false, volume: 10, duration: 160 };
    let header = Header { marker: true, payload_type: 101, seq: 2, timestamp: 320, ssrc: 1 };
    b.packet(1, header, &key.write());
    b.play(2, 7, 320, false);
    b.pass(Duration::from_millis(60));
    b.sound(1, 3);
    let got: Vec<Tapped> = heard.try_iter().collect();
    let tracks = |t: &Tapped| match t {
        Tapped::Packet { track, payload, coding: Coding::Pcmu, .. } => (*track, payload.len()),
        other => panic!("{other:?}"),
    };
    let player = Track::Player(leg(2));
    assert_eq!(got.iter().map(tracks).collect::<Vec<_>>(), [(Track::Leg(leg(1)), 160), (player, 160), (player, 160)]);
    assert!(matches!(got[0], Tapped::Packet { arrived, sequence: 1, .. } if arrived == first));
    assert_eq!(b.figures.tap_lost.get(), 1, "the listener's buffer held three");

    // There is room again: the loss is told before anything else.
    let lost_at = b.now;
    b.pass(Duration::from_millis(20));
    b.sound(1, 4);
    b.media(MediaCommand::Close { leg: leg(1) });
    let got: Vec<Tapped> = heard.try_iter().collect();
    assert_eq!(got[0], Tapped::Lost { at: lost_at, packets: 1 });
    assert!(matches!(got[1], Tapped::Packet { sequence: 4, .. }));
    assert_eq!(got[2], Tapped::Ended { leg: leg(1), at: b.now });
}

#[test]
fn echo() {
    let mut bench = Bench::with_legs(1);
    bench.media(MediaCommand::Echo { leg: leg(1) });
    bench.sound(1, 1);
    assert_eq!(bench.sent(1)[0].1, vec![1; 160]);
}

/// One step of a call nobody would make.
#[derive(Clone, Debug)]
enum Step {
    /// Leg, how many numbers are lost before this packet.
    Sound(u8, u16),
    /// The packet before the last of a leg arrives after all.
    Late(u8),
    Again(u8),
    /// The leg begins another stream.
    NewStream(u8),
    Key(u8, bool),
    /// A packet of a key arrives after the sound that followed it.
    LateKey(u8),
    Hear(u8, u8),
    Play(u8),
    Stop(u8),
    Pass(u16),
}

fn step(keys: bool) -> impl Strategy<Value = Step> {
    let n = || 1u8..=3;
    prop_oneof![
        30 => (n(), prop_oneof![8 => Just(0u16), 1 => 1u16..5]).prop_map(|(n, lost)| Step::Sound(n, lost)),
        2 => n().prop_map(Step::Late),
        2 => n().prop_map(Step::Again),
        1 => n().prop_map(Step::NewStream),
        if keys { 6 } else { 0 } => (n(), any::<bool>()).prop_map(|(n, end)| Step::Key(n, end)),
        if keys { 1 } else { 0 } => n().prop_map(Step::LateKey),
        4 => (n(), n()).prop_map(|(a, b)| Step::Hear(a, b)),
        1 => n().prop_map(Step::Play),
        1 => n().prop_map(Step::Stop),
        8 => (0u16..60).prop_map(Step::Pass),
    ]
}

/// A leg's phone: its stream and where it is in it.
#[derive(Clone, Default)]
struct Phone {
    stream: u8,
    seq: u16,
    timestamp: u32,
    skipped: Option<(u16, u32)>,
    key: Option<(u32, u16)>,
    plays: u32,
}

impl Phone {
    fn header(&self, n: u8, seq: u16, timestamp: u32) -> Header {
        let ssrc = u32::from(n) << 8 | u32::from(self.stream);
        Header { marker: false, payload_type: 0, seq, timestamp, ssrc }
    }

    /// Sound that says where it comes from: leg, stream, number.
    fn sound(&self, n: u8, seq: u16) -> Vec<u8> {
        let mut payload = vec![0xff; 160];
        payload[..4].copy_from_slice(&[n, self.stream, (seq >> 8) as u8, seq as u8]);
        payload
    }
}

/// What a sink got, in order of arrival: number relative to the first, and by whom.
#[derive(Default)]
struct Got {
    /// (extended number, timestamp, key?, source tag, marker)
    packets: Vec<(i64, u32, bool, [u8; 4], bool)>,
    first: Option<(u16, i64)>,
}

fn check(steps: Vec<Step>, keys: bool) -> Result<(), TestCaseError> {
    let mut bench = Bench::with_legs(3);
    let mut phones = vec![Phone { seq: 65_500, timestamp: u32::MAX - 3000, ..Phone::default() }; 4];
    let mut hears = [0u8; 4];
    let mut playing = [0u32; 4];
    let mut got: Vec<Got> = (0..4).map(|_| Got::default()).collect();
    for step in steps {
        match step {
            Step::Sound(n, lost) => {
                let phone = &mut phones[usize::from(n)];
                if lost > 0 {
                    phone.skipped =
                        Some((phone.seq.wrapping_add(lost), phone.timestamp.wrapping_add(160 * u32::from(lost))));
                }
                phone.seq = phone.seq.wrapping_add(1 + lost);
                phone.timestamp = phone.timestamp.wrapping_add(160 * (1 + u32::from(lost)));
                let (header, payload) = (phone.header(n, phone.seq, phone.timestamp), phone.sound(n, phone.seq));
                bench.packet(n, header, &payload);
                // What comes in order is heard, by all who hear this leg and no prompt.
                for sink in 1..=3 {
                    let hears =
                        hears[usize::from(sink)] == n && bench.call.legs[usize::from(sink) - 1].player.is_none();
                    let line = bench.line(sink);
                    let heard = bench.wire.rtp.iter().filter(|(l, _, p)| *l == line && p[HEADER..] == payload).count();
                    prop_assert_eq!(heard, usize::from(hears), "leg {} by leg {}", n, sink);
                }
            }
            Step::Late(n) => {
                let phone = &mut phones[usize::from(n)];
                if let Some((seq, timestamp)) = phone.skipped.take() {
                    let (header, payload) = (phone.header(n, seq, timestamp), phone.sound(n, seq));
                    bench.packet(n, header, &payload);
                }
            }
            Step::Again(n) => {
                let phone = &phones[usize::from(n)];
                if phone.timestamp != 0 && phone.key.is_none() {
                    let (header, payload) = (phone.header(n, phone.seq, phone.timestamp), phone.sound(n, phone.seq));
                    bench.packet(n, header, &payload);
                }
            }
            Step::NewStream(n) => {
                let phone = &mut phones[usize::from(n)];
                let plays = phone.plays;
                let stream = phone.stream.wrapping_add(1);
                *phone = Phone { stream, seq: u16::from(stream) * 9000, timestamp: 77, plays, ..Phone::default() };
            }
            Step::Key(n, end) => {
                let phone = &mut phones[usize::from(n)];
                phone.seq = phone.seq.wrapping_add(1);
                phone.skipped = None;
                let (timestamp, duration) = phone.key.unwrap_or((phone.timestamp.wrapping_add(160), 0));
                phone.key = (!end).then_some((timestamp, duration + 160));
                phone.timestamp = phone.timestamp.wrapping_add(160);
                let header = Header { payload_type: 101, ..phone.header(n, phone.seq, timestamp) };
                bench.packet(n, header, &Event { code: 5, end, volume: 9, duration: duration + 160 }.write());
            }
            Step::LateKey(n) => {
                let phone = &mut phones[usize::from(n)];
                if let Some((seq, timestamp)) = phone.skipped.take() {
                    let header = Header { payload_type: 101, ..phone.header(n, seq, timestamp) };
                    bench.packet(n, header, &Event { code: 6, end: true, volume: 9, duration: 160 }.write());
                }
            }
            Step::Hear(sink, source) => {
                hears[usize::from(sink)] = source;
                bench.hear(sink, source);
            }
            Step::Play(n) => {
                let phone = &mut phones[usize::from(n)];
                phone.plays += 1;
                playing[usize::from(n)] = phone.plays;
                bench.play(n, phone.plays, 4000, false);
            }
            Step::Stop(n) => {
                let play = PlayId(playing[usize::from(n)]);
                bench.media(MediaCommand::StopPlay { leg: leg(n), play });
            }
            Step::Pass(ms) => bench.pass(Duration::from_millis(u64::from(ms))),
        }
        for n in 1..=3u8 {
            for (header, payload) in bench.sent(n) {
                let got = &mut got[usize::from(n)];
                let (last, extended) = *got.first.get_or_insert((header.seq, 0));
                let number = extended + i64::from(header.seq.wrapping_sub(last) as i16);
                if number > extended {
                    got.first = Some((header.seq, number));
                }
                let key = header.payload_type == 101;
                let tag: [u8; 4] =
                    if payload.len() == 160 && payload[4] == 0xff { payload[..4].try_into().unwrap() } else { [0; 4] };
                // Only who is heard now may be heard now; a prompt's sound has no tag.
                if tag[0] != 0 && !key {
                    prop_assert_eq!(tag[0], hears[usize::from(n)]);
                }
                got.packets.push((number, header.timestamp, key, tag, header.marker));
            }
        }
    }
    for got in got.iter_mut() {
        let arrived = got.packets.clone();
        got.packets.sort_by_key(|p| p.0);
        for pair in got.packets.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0, "a number twice: {:?}", pair);
        }
        let sound: Vec<_> = got.packets.iter().filter(|p| !p.2).collect();
        for pair in sound.windows(2) {
            prop_assert!((pair[1].1.wrapping_sub(pair[0].1) as i32) >= 0, "time falls: {:?}", pair);
            if keys {
                continue;
            }
            let (a, b) = (pair[0], pair[1]);
            let same = a.3[..2] == b.3[..2];
            let step = if same && a.3[0] != 0 && !b.4 {
                // The source's own gap, and no other.
                let number = |t: [u8; 4]| u16::from_be_bytes([t[2], t[3]]);
                i64::from(number(b.3).wrapping_sub(number(a.3)))
            } else {
                1
            };
            prop_assert_eq!(b.0 - a.0, step, "{:?} {:?}", a, b);
        }
        // After a switch nothing of before: the stretches of one source, told by the markers, do not interleave.
        let mut newest = i64::MIN;
        let mut switch = i64::MIN;
        for p in arrived {
            if p.4 && !p.2 {
                switch = p.0;
            }
            prop_assert!(p.0 >= switch, "older than the switch: {:?}", p);
            newest = newest.max(p.0);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sink_hears_one_stream_whatever_the_routes_do(steps in prop::collection::vec(step(false), 1..150)) {
        check(steps, false)?;
    }

    #[test]
    fn and_with_keys_in_between(steps in prop::collection::vec(step(true), 1..150)) {
        check(steps, true)?;
    }

    #[test]
    fn no_datagram_makes_a_call_fail(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..40)) {
        let mut bench = Bench::with_legs(2);
        bench.hear(2, 1);
        let line = bench.line(1);
        for mut bytes in datagrams {
            for first in [None, Some(0x80), Some(0xb3)] {
                if let (Some(first), Some(byte)) = (first, bytes.first_mut()) {
                    *byte = first;
                }
                bench.with(|call, around| call.rtp(line, phone(1), &mut bytes.clone(), around));
                bench.with(|call, around| call.rtcp(line, phone(1), &mut bytes.to_vec(), around));
            }
        }
        bench.pass(Duration::from_secs(6));
    }
}
