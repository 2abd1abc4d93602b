//! A call without sockets: scripted packets in, packets out looked at.

mod described;
mod heard;
mod keys;
mod mixed;
mod paced;
mod passing;
mod pressed;
mod rated;
mod secured;
mod walk;

use super::commands::Command;
use super::{Call, Surroundings, Wire};
use crate::config::Config;
use crate::figures::Figures;
use crate::rtp::packet::{Event, HEADER, Header, parse};
use crate::shard::line::LineId;
use crate::shard::outbox::Outbox;
use crate::shard::wheel::Wheel;
use crate::shelf::Prompt;
use crate::webrtc::ice::Agent;
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
    /// Where the leg that moved last is reached.
    followed: Option<SocketAddr>,
}

impl Wire for FakeWire {
    fn open(&mut self, _: InterfaceId, _: u32) -> Option<(LineId, SocketAddr)> {
        self.opened += u32::from(!self.full);
        let port = 20_000 + 2 * self.opened as u16;
        (!self.full).then(|| (LineId::new(self.opened, 0), SocketAddr::from(([192, 0, 2, 10], port))))
    }
    fn follow(&mut self, _: LineId, agent: &Agent) {
        self.followed = agent.selected().map(|path| path.remote);
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
