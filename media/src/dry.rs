//! A call without sockets, threads and clock: packets and commands in, packets and events out. What fuzzing drives; a
//! shard does the same around a [`Call`] with its sockets and its wheel.

use crate::call::commands::Command;
use crate::call::{Call, Surroundings, Wire};
use crate::config::Config;
use crate::figures::Figures;
use crate::shard::line::LineId;
use crate::shard::outbox::Outbox;
use crate::shard::wheel::Wheel;
use crate::shelf::Prompt;
use crate::webrtc::certificate::Identity;
use crate::webrtc::{Path, stun};
use ringdesk_audio::Clip;
use ringdesk_model::{CallId, Full, Ids, Outlet, Timestamp};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, PlayId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TrySendError, sync_channel};
use std::time::Duration;

/// Events that are kept until they are asked for; further ones stay in the call's outbox.
const EVENTS: usize = 1_024;

/// A packet that left: by which line (0: the browsers' port, and it is no sound), where to, over the RTCP port or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub line: u32,
    pub to: SocketAddr,
    pub rtcp: bool,
    pub packet: Vec<u8>,
}

/// One call of this room on a virtual clock. Its one interface speaks IPv4. Lines are numbered from 1 in the order in
/// which legs opened them.
pub struct DryCall {
    call: Call,
    air: Air,
    wheel: Wheel,
    outbox: Outbox,
    events: Receiver<(CallId, MediaEvent)>,
    figures: Figures,
    ids: Ids,
    now: Timestamp,
    prompt: Arc<Prompt>,
    identity: Option<Arc<Identity>>,
}

#[derive(Default)]
struct Air {
    opened: u32,
    open: u32,
    sent: Vec<Sent>,
}

impl Wire for Air {
    fn open(&mut self, _: InterfaceId, _: u32) -> Option<(LineId, SocketAddr)> {
        self.opened += 1;
        self.open += 1;
        let port = 20_000 + 2 * (self.opened % 4_000) as u16;
        Some((LineId::new(self.opened, 0), SocketAddr::from(([192, 0, 2, 10], port))))
    }

    fn open_shared(&mut self, _: InterfaceId, _: u32) -> Option<(LineId, Vec<SocketAddr>)> {
        self.opened += 1;
        self.open += 1;
        Some((LineId::new(self.opened, 0), vec![SocketAddr::from(([192, 0, 2, 10], 19_000))]))
    }

    fn datagram(&mut self, path: Path, datagram: &[u8]) {
        self.sent.push(Sent { line: 0, to: path.remote, rtcp: false, packet: datagram.to_vec() });
    }

    fn close(&mut self, _: LineId, _: Timestamp) {
        self.open -= 1;
    }

    fn rtp(&mut self, line: LineId, to: SocketAddr, packet: &[u8]) {
        self.sent.push(Sent { line: line.index, to, rtcp: false, packet: packet.to_vec() });
    }

    fn rtcp(&mut self, line: LineId, _: bool, to: SocketAddr, packet: &[u8]) {
        self.sent.push(Sent { line: line.index, to, rtcp: true, packet: packet.to_vec() });
    }

    fn is_ipv6(&self, interface: InterfaceId) -> Option<bool> {
        (interface == InterfaceId(0)).then_some(false)
    }
}

impl DryCall {
    pub fn new(call: CallId, seed: u64, now: Timestamp) -> DryCall {
        let (inlet, events) = sync_channel(EVENTS);
        let outlet = Outlet::new(move |event| {
            inlet.try_send(event).map_err(|(TrySendError::Full(lost) | TrySendError::Disconnected(lost))| Full(lost))
        });
        DryCall {
            call: Call::new(call),
            air: Air::default(),
            wheel: Wheel::new(now),
            outbox: Outbox::new(outlet),
            events,
            figures: Figures::default(),
            ids: Ids::seeded(seed),
            now,
            // Half a second of something.
            prompt: Arc::new(Prompt::encode(&Clip::new(vec![800; 4_000]))),
            identity: Identity::new().map(Arc::new),
        }
    }

    pub fn command(&mut self, command: MediaCommand) {
        self.with(|call, around| call.command(Command::Media(command), around));
    }

    /// Play a short prompt, which is always on the shelf.
    pub fn play(&mut self, leg: LegId, play: PlayId, repeat: bool) {
        let prompts = vec![Arc::clone(&self.prompt)];
        self.with(|call, around| {
            call.command(Command::Play { leg, play, prompts, missing: false, repeat }, around);
        });
    }

    /// A datagram came in at the RTP port of a line.
    pub fn rtp(&mut self, line: u32, from: SocketAddr, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        self.with(|call, around| call.rtp(LineId::new(line, 0), from, &mut bytes, around));
    }

    /// A datagram came in at its RTCP port.
    pub fn rtcp(&mut self, line: u32, from: SocketAddr, datagram: &[u8]) {
        self.with(|call, around| call.rtcp(LineId::new(line, 0), from, &mut datagram.to_vec(), around));
    }

    /// A datagram came in at the browsers' port, and was found to be for this line.
    pub fn browser(&mut self, line: u32, from: SocketAddr, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        self.with(|call, around| {
            call.browser(LineId::new(line, 0), Path { socket: 0, remote: from }, &mut bytes, around);
        });
    }

    /// A check as a browser makes it, by the names and the password of both sides.
    pub fn check(names: &str, password: &str, transaction: [u8; 12], nominate: bool) -> Vec<u8> {
        stun::request(names, password, transaction, nominate)
    }

    /// Let time pass, and fire what becomes due.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            let next = self.wheel.sleep(self.now).map_or(until, |sleep| (self.now + sleep).min(until));
            self.now = next.max(self.now + Duration::from_micros(1)).min(until);
            let mut fired = Vec::new();
            self.wheel.fire(self.now, &mut fired);
            for entry in fired {
                self.with(|call, around| call.alarm(entry.line, entry.alarm, around));
            }
        }
    }

    pub fn close_all(&mut self) {
        self.with(|call, around| call.close_all(around));
    }

    /// What was told since the last look.
    pub fn events(&mut self) -> Vec<MediaEvent> {
        self.events.try_iter().map(|(_, event)| event).collect()
    }

    /// What was sent since the last look.
    pub fn sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.air.sent)
    }

    pub fn legs(&self) -> usize {
        self.call.legs()
    }

    /// Lines that are open.
    pub fn lines(&self) -> u32 {
        self.air.open
    }

    /// Packets, by what became of them: the names and sums that become metrics.
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        Figures::sums(std::iter::once(&self.figures))
    }

    fn with<R>(&mut self, act: impl FnOnce(&mut Call, &mut Surroundings<'_, Air>) -> R) -> R {
        let settings = Config::default().settings();
        let mut around = Surroundings {
            now: self.now,
            slot: 0,
            wire: &mut self.air,
            wheel: &mut self.wheel,
            outbox: &mut self.outbox,
            figures: &self.figures,
            ids: &mut self.ids,
            settings: &settings,
            identity: self.identity.as_ref(),
        };
        act(&mut self.call, &mut around)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_voice::Sdp;
    use uuid::Uuid;

    #[test]
    fn a_call_runs_without_anything_around_it() {
        let now = Timestamp(1_790_000_000_000_000);
        let mut dry = DryCall::new(CallId(Uuid::nil()), 1, now);
        let leg = LegId(Uuid::from_u128(1));
        let offer =
            "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
        let offer = Sdp::from(offer.as_bytes().to_vec());
        dry.command(MediaCommand::AnswerOffer {
            leg,
            interface: InterfaceId(0),
            profile: Default::default(),
            offer,
            prefer: None,
        });
        assert!(matches!(dry.events()[..], [MediaEvent::Negotiated { answer: Some(_), held: false, .. }]));
        dry.play(leg, PlayId(1), false);
        dry.pass(Duration::from_secs(1));
        let sent = dry.sent();
        assert_eq!(sent.iter().filter(|sent| !sent.rtcp).count(), 25, "half a second of packets");
        assert!(sent.iter().all(|sent| sent.line == 1 && sent.to.ip().to_string() == "198.51.100.1"));
        dry.close_all();
        assert!(matches!(dry.events()[..], [MediaEvent::Played { .. }, MediaEvent::Closed { .. }]));
        assert_eq!((dry.legs(), dry.lines()), (0, 0));
    }
}
