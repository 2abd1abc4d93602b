//! What the call's machine asks for.

use super::tap::Tap;
use super::timers::{BROWSER_SILENT, QUIET};
use super::{Call, Surroundings, Wire};
use crate::codec::Codec;
use crate::leg::Leg;
use crate::leg::player::Player;
use crate::sdp::Remote;
use crate::sdp::negotiate::offered;
use crate::shard::wheel::Alarm;
use crate::shelf::Prompt;
use crate::webrtc::Browser;
use ringdesk_model::Outlet;
use ringdesk_voice::{
    DtmfMode, InterfaceId, LegId, LegQuality, MediaCommand, MediaEvent, PlayEnd, PlayId, Profile, Refusal, Sdp,
    SrtpPolicy, Tapped,
};
use std::sync::Arc;
use std::time::Duration;

/// A command as a shard takes it: prompts are off the shelf already.
pub(crate) enum Command {
    Media(MediaCommand),
    Play {
        leg: LegId,
        play: PlayId,
        prompts: Vec<Arc<Prompt>>,
        missing: bool,
        repeat: bool,
    },
    /// Copy the call's sound there from now on; `None`: no more.
    Tap(Option<Outlet<Tapped>>),
    /// The next packet of this call panics.
    #[cfg(test)]
    Poison,
}

impl Call {
    pub(crate) fn command<W: Wire>(&mut self, command: Command, around: &mut Surroundings<'_, W>) {
        match command {
            Command::Media(MediaCommand::AnswerOffer { leg, interface, profile, offer, prefer }) => {
                self.answer_offer(leg, (interface, profile), &offer, prefer, around);
            }
            Command::Media(MediaCommand::MakeOffer { leg, interface, profile, prefer }) => {
                self.make_offer(leg, (interface, profile), prefer, around);
            }
            Command::Media(MediaCommand::TakeAnswer { leg, answer }) => self.take_answer(leg, &answer, around),
            Command::Media(MediaCommand::Hear { leg, legs }) => self.hear(leg, legs, around),
            Command::Tap(outlet) => self.tap = outlet.map(Tap::new),
            Command::Media(MediaCommand::Echo { leg }) => self.hear(leg, vec![leg], around),
            Command::Media(MediaCommand::Attend { leg, on }) => self.attend(leg, on, around),
            Command::Media(MediaCommand::Aside { leg, on }) => match self.by_id(leg) {
                Some(at) => self.legs[at].aside = on,
                None => around.figures.commands_ignored.add(1),
            },
            Command::Media(MediaCommand::Press { leg, keys }) => self.press(leg, keys.reveal(), around),
            Command::Media(MediaCommand::StopPlay { leg, play }) => match self.by_id(leg) {
                Some(at) if self.legs[at].player.as_ref().is_some_and(|p| p.play == play && !p.is_key()) => {
                    self.stop_playing(at, PlayEnd::Stopped, around);
                }
                // It ended by itself a moment ago, and said so.
                _ => around.figures.commands_ignored.add(1),
            },
            Command::Media(MediaCommand::Close { leg }) => match self.by_id(leg) {
                Some(at) => self.close(at, around),
                // Never opened, or gone with its call: whoever waits for the end gets it.
                None => {
                    around.figures.commands_ignored.add(1);
                    self.tell(MediaEvent::Closed { leg, quality: LegQuality::default() }, around);
                }
            },
            Command::Media(MediaCommand::Play { leg, play, .. }) => {
                // Without its prompts; the engine takes them off the shelf before a command comes here.
                self.tell(MediaEvent::Played { leg, play, end: PlayEnd::Missing }, around);
            }
            Command::Play { leg, play, prompts, missing, repeat } => {
                self.play(leg, play, prompts, missing, repeat, around);
            }
            #[cfg(test)]
            Command::Poison => self.poisoned = true,
        }
    }

    fn answer_offer<W: Wire>(
        &mut self,
        id: LegId,
        (interface, profile): (InterfaceId, Profile),
        offer: &Sdp,
        prefer: Option<LegId>,
        around: &mut Surroundings<'_, W>,
    ) {
        let prefer = self.preferred(prefer);
        let wideband = around.settings.wideband;
        // A leg that is open keeps its family, whatever the command says.
        let srtp = self.by_id(id).map_or(srtp_of(&profile), |at| self.legs[at].local.srtp());
        let v6 = around.wire.is_ipv6(interface).ok_or(Refusal::NoPorts);
        let offer = match v6.and_then(|v6| offered(offer, v6, srtp)) {
            Ok(offer) => offer,
            Err(why) => return self.tell(MediaEvent::Refused { leg: id, why }, around),
        };
        let Some(at) = self.open(id, interface, srtp, offer.browser().is_some(), around) else { return };
        let leg = &mut self.legs[at];
        leg.speak_as(&profile);
        if let (Some(browser), Some(theirs)) = (&mut leg.browser, offer.browser()) {
            browser.describe(theirs.clone(), true, around.now);
            leg.local.renew(browser, false);
        }
        let prefer = prefer.or_else(|| offer.first().filter(|_| wideband));
        match self.legs[at].local.answer(&offer, prefer) {
            Ok((answer, remote)) => self.agree(at, remote, Some(answer), around),
            Err(why) => self.tell(MediaEvent::Refused { leg: id, why }, around),
        }
    }

    fn make_offer<W: Wire>(
        &mut self,
        id: LegId,
        (interface, profile): (InterfaceId, Profile),
        prefer: Option<LegId>,
        around: &mut Surroundings<'_, W>,
    ) {
        let prefer = self.preferred(prefer);
        // What a leg is it stays.
        let browser = self.by_id(id).map_or(profile == Profile::WebRtc, |at| self.legs[at].browser.is_some());
        let Some(at) = self.open(id, interface, srtp_of(&profile), browser, around) else { return };
        let leg = &mut self.legs[at];
        leg.speak_as(&profile);
        if let Some(browser) = &mut leg.browser {
            browser.offers();
            leg.local.renew(browser, true);
        }
        let offer = match leg.local.offer(prefer) {
            Ok(offer) => offer,
            Err(why) => return self.tell(MediaEvent::Refused { leg: id, why }, around),
        };
        // RFC 3264 §5.1: sound may arrive as soon as the offer is out.
        leg.accepted = leg.local.accepted();
        self.serve(at, around);
        self.tell(MediaEvent::Offer { leg: id, offer }, around);
    }

    fn take_answer<W: Wire>(&mut self, id: LegId, answer: &Sdp, around: &mut Surroundings<'_, W>) {
        let Some(at) = self.by_id(id) else {
            around.figures.commands_ignored.add(1);
            return;
        };
        match self.legs[at].local.take_answer(answer) {
            Ok(remote) => self.agree(at, remote, None, around),
            Err(why) => self.tell(MediaEvent::Refused { leg: id, why }, around),
        }
    }

    /// Both sides have spoken.
    fn agree<W: Wire>(&mut self, at: usize, remote: Remote, answer: Option<Sdp>, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let expected_sound = leg.expects_sound();
        leg.latch.describe(remote.rtp);
        if leg.remote.as_ref().is_none_or(|before| before.rtcp != remote.rtcp) {
            leg.reports.moved();
        }
        leg.accepted = leg.local.accepted();
        leg.inband = match leg.inband.take() {
            _ if remote.telephone_event.is_some() => None,
            before => Some(before.unwrap_or_default()),
        };
        let held = remote.held;
        let clock = remote.send.codec.clock();
        leg.outflow.set_clock(clock);
        leg.inflow.figures.set_clock(clock);
        leg.remote = Some(remote);
        leg.agree_keys(around.ids);
        if let (Some(browser), Some(theirs)) = (&mut leg.browser, leg.remote.as_ref().and_then(|r| r.browser.clone())) {
            browser.describe(theirs, false, around.now);
        }
        if leg.expects_sound() && !expected_sound {
            leg.heard = around.now;
            leg.silence_told = false;
        }
        let watch = leg.expects_sound() && !std::mem::replace(&mut leg.watch_timer, true);
        let id = leg.id;
        if watch {
            let soon = if self.legs[at].browser.is_some() { BROWSER_SILENT } else { around.settings.silent_after };
            self.wake_in(at, soon.min(around.settings.silent_after), Alarm::Watch, around);
        }
        self.serve(at, around);
        self.route(around);
        self.tell(MediaEvent::Negotiated { leg: id, answer, held }, around);
    }

    fn hear<W: Wire>(&mut self, id: LegId, sources: Vec<LegId>, around: &mut Surroundings<'_, W>) {
        match self.by_id(id) {
            Some(at) => {
                if self.legs[at].hears != sources {
                    self.finish_key(at, around);
                }
                self.legs[at].hears = sources;
                self.route(around);
            }
            None => around.figures.commands_ignored.add(1),
        }
    }

    fn attend<W: Wire>(&mut self, id: LegId, on: bool, around: &mut Surroundings<'_, W>) {
        let Some(at) = self.by_id(id) else { return around.figures.commands_ignored.add(1) };
        let leg = &mut self.legs[at];
        leg.attention = on.then(Box::default);
        if on && !std::mem::replace(&mut leg.attend_timer, true) {
            self.wake_in(at, QUIET, Alarm::Attend, around);
        }
    }

    fn play<W: Wire>(
        &mut self,
        id: LegId,
        play: PlayId,
        prompts: Vec<Arc<Prompt>>,
        missing: bool,
        repeat: bool,
        around: &mut Surroundings<'_, W>,
    ) {
        let Some(at) = self.by_id(id) else {
            around.figures.commands_ignored.add(1);
            // Its asker waits for an end.
            return self.tell(MediaEvent::Played { leg: id, play, end: PlayEnd::Stopped }, around);
        };
        self.stop_playing(at, PlayEnd::Stopped, around);
        self.finish_key(at, around);
        let serial = self.legs[at].next_player();
        self.start_playing(at, Player::new(play, serial, prompts, missing, repeat), around);
    }

    pub(super) fn start_playing<W: Wire>(&mut self, at: usize, mut player: Player, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        // Legs are spread over the 20 ms, so that many prompts that begin at once are not sent at once.
        let slot = i64::from(leg.line.phase() % 20) * 1000;
        let into = around.now.0.rem_euclid(20_000);
        player.due = around.now + Duration::from_micros((slot - into).rem_euclid(20_000).unsigned_abs());
        let due = player.due;
        let serial = player.serial;
        leg.player = Some(player);
        self.wake_at(at, due, Alarm::Frame(serial), around);
    }

    fn open<W: Wire>(
        &mut self,
        id: LegId,
        interface: InterfaceId,
        srtp: SrtpPolicy,
        browser: bool,
        around: &mut Surroundings<'_, W>,
    ) -> Option<usize> {
        if let Some(at) = self.by_id(id) {
            let same = self.legs[at].browser.is_some() == browser;
            if !same {
                self.tell(MediaEvent::Refused { leg: id, why: Refusal::Unsecured }, around);
            }
            return same.then_some(at);
        }
        if browser {
            return self.open_browser(id, interface, around);
        }
        let Some((line, address)) = around.wire.open(interface, around.slot) else {
            self.tell(MediaEvent::Refused { leg: id, why: Refusal::NoPorts }, around);
            return None;
        };
        self.legs.push(Leg::new(id, line, address, srtp, around.ids, around.now));
        around.figures.legs_open.add(1);
        let at = self.legs.len() - 1;
        self.legs[at].latch.beware(around.wire.departed(line, around.now));
        // RFC 3550 §6.2: half the interval before the first.
        self.wake_in(at, around.settings.report_every / 2, Alarm::Report, around);
        Some(at)
    }

    fn open_browser<W: Wire>(
        &mut self,
        id: LegId,
        interface: InterfaceId,
        around: &mut Surroundings<'_, W>,
    ) -> Option<usize> {
        let identity = around.identity.cloned();
        let place = identity.and_then(|identity| Some((identity, around.wire.open_shared(interface, around.slot)?)));
        let first = place.as_ref().and_then(|(_, (_, candidates))| candidates.first().copied());
        let (Some((identity, (line, candidates))), Some(first)) = (place, first) else {
            self.tell(MediaEvent::Refused { leg: id, why: Refusal::NoPorts }, around);
            return None;
        };
        let mut leg = Leg::new(id, line, first, SrtpPolicy::Off, around.ids, around.now);
        leg.becomes(Browser::new(identity), candidates);
        self.legs.push(leg);
        around.figures.legs_open.add(1);
        let at = self.legs.len() - 1;
        self.serve(at, around);
        self.wake_in(at, around.settings.report_every / 2, Alarm::Report, around);
        Some(at)
    }

    fn preferred(&self, leg: Option<LegId>) -> Option<Codec> {
        let leg = &self.legs[self.by_id(leg?)?];
        leg.remote.as_ref().map(|r| r.send.codec)
    }
}

impl Leg {
    /// Each playing is a source of its own.
    pub(super) fn next_player(&mut self) -> u32 {
        self.players = self.players.wrapping_add(1);
        self.players
    }

    /// The codecs and the keys of its line, where that has wishes.
    fn speak_as(&mut self, profile: &Profile) {
        let Profile::Rtp(line) = profile else { return };
        self.dtmf = line.dtmf;
        self.local.keys_in_sound(line.dtmf == DtmfMode::InBand);
        if !line.codecs.is_empty() {
            self.local.speak_only(&line.codecs);
        }
    }
}

fn srtp_of(profile: &Profile) -> SrtpPolicy {
    match profile {
        Profile::Rtp(line) => line.srtp,
        // A browser's keys come by DTLS.
        Profile::WebRtc => SrtpPolicy::Off,
    }
}
