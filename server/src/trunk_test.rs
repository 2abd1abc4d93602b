//! The check before somebody relies on a trunk: one call over it to a number, with a tone, and what became of it. It goes
//! through the gate for calls to the outside like any other, and belongs to no conversation.

use crate::desk::Desks;
use crate::tasks::call::INBOX;
use ringdesk_agent_gateway::OrderRefused;
use ringdesk_agent_gateway::orders::{TrunkTest, TrunkTestWish};
use ringdesk_model::{CallId, Clock as _, TrunkId};
use ringdesk_switchboard::CallInput;
use ringdesk_voice::{
    Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, LegQuality, MediaCommand, MediaEvent, Party,
    PlayId, Profile, PromptRef, Sdp, Target,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// On media's shelf, in no language.
pub(crate) const TEST_TONE: &str = "test_tone";
/// For media's offer, and for the end of a leg.
const GRACE: Duration = Duration::from_secs(3);

/// Dial, listen, hang up.
pub(crate) async fn test(desks: &Arc<Desks>, trunk: TrunkId, wish: TrunkTestWish) -> Result<TrunkTest, OrderRefused> {
    let refused = |why: &str| OrderRefused::Refused(why.to_owned());
    if desks.is_draining() {
        return Err(OrderRefused::Busy);
    }
    let target = Target::Number(wish.number.clone());
    if !desks.dialling.is_open(&target) {
        return Err(refused("this number may not be dialled"));
    }
    let ways = desks.signaling.reach(target.clone()).await;
    let way = ways.into_iter().find(|way| way.trunk == Some(trunk));
    let to = way.ok_or_else(|| refused("no call goes out over this trunk: it has no host"))?;
    let (operations, _) = desks.dialling.house();
    let now = desks.clock.now();
    let (call, leg): (CallId, LegId) = (operations.id(now), operations.id(now));
    let place = desks.dialling.pass(call, &target, false).await;
    let _place = place.map_err(|why| OrderRefused::Refused(why.to_string()))?;
    let (inbox, inputs) = mpsc::channel(INBOX);
    desks.add_call(call, inbox.clone());
    desks.add_leg(leg, inbox.clone());
    let awaited = desks.dialling.trunks.await_call(wish.number.reveal());
    let line = Line { desks: desks.clone(), call, leg, inbox, dialled: false, ended: false };
    let told = Check::new(line, to, wish).run(inputs).await;
    Ok(TrunkTest { came_in_over: awaited.came_over(), ..told })
}

/// The leg, which is hung up and silenced however this ends.
struct Line {
    desks: Arc<Desks>,
    call: CallId,
    leg: LegId,
    inbox: mpsc::Sender<CallInput>,
    dialled: bool,
    ended: bool,
}

impl Line {
    fn command(&self, command: LegCommand) {
        self.desks.signaling.command(self.leg, command);
    }

    fn hang_up(&self, cause: Cause) {
        if self.dialled && !self.ended {
            self.command(LegCommand::Hangup { cause });
        }
    }

    fn media(&self, command: MediaCommand) {
        self.desks.sound(self.call, command);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hang_up(Cause::Normal);
        self.desks.silence(self.call, self.leg);
        self.desks.forget(self.call, &self.inbox, &[self.leg]);
    }
}

struct Check {
    line: Line,
    to: Option<Destination>,
    interface: InterfaceId,
    profile: Profile,
    wish: TrunkTestWish,
    began: Instant,
    /// What is waited for at most until then.
    until: Instant,
    early: Option<Sdp>,
    rang: Option<Duration>,
    answered: Option<Duration>,
    /// Why we hang up, before an answer.
    given_up: Option<Cause>,
    end: Option<(Cause, Option<u16>)>,
    quality: Option<LegQuality>,
}

impl Check {
    fn new(line: Line, to: Destination, wish: TrunkTestWish) -> Check {
        let began = Instant::now();
        Check {
            line,
            interface: to.interface,
            profile: to.profile.clone(),
            to: Some(to),
            until: began + GRACE,
            wish,
            began,
            early: None,
            rang: None,
            answered: None,
            given_up: None,
            end: None,
            quality: None,
        }
    }

    async fn run(mut self, mut inputs: mpsc::Receiver<CallInput>) -> TrunkTest {
        let (leg, interface, profile) = (self.line.leg, self.interface, self.profile.clone());
        self.line.media(MediaCommand::MakeOffer { leg, interface, profile, prefer: None });
        while self.quality.is_none() {
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(CallInput::Leg(_, event)) => self.leg(event),
                    Some(CallInput::Media(event)) => self.media(event),
                    // Whatever is ordered can only be its end.
                    Some(CallInput::Order(..)) => self.hang_up(Cause::Shutdown),
                    Some(CallInput::Answer(..)) => {}
                    None => break,
                },
                () = sleep_until(self.until) => {
                    if self.line.ended || self.given_up.is_some() {
                        break; // it should have ended by now
                    }
                    self.hang_up(if self.answered.is_some() { Cause::Normal } else { Cause::NoAnswer });
                }
            }
        }
        self.result()
    }

    fn hang_up(&mut self, cause: Cause) {
        self.given_up.get_or_insert(cause);
        self.until = Instant::now() + GRACE;
        self.line.hang_up(cause);
        if !self.line.dialled {
            self.over(cause, None);
        }
    }

    fn leg(&mut self, event: LegEvent) {
        let leg = self.line.leg;
        match event {
            LegEvent::Ringing => drop(self.rang.get_or_insert(self.began.elapsed())),
            LegEvent::Progress { answer } => {
                self.rang.get_or_insert(self.began.elapsed());
                self.early = Some(answer);
            }
            LegEvent::Answered { answer } => {
                self.answered = Some(self.began.elapsed());
                match answer.or_else(|| self.early.take()) {
                    Some(answer) => self.line.media(MediaCommand::TakeAnswer { leg, answer }),
                    None => self.hang_up(Cause::NotAcceptable),
                }
            }
            LegEvent::Offered { offer: Some(offer) } if self.answered.is_some() => {
                let (interface, profile) = (self.interface, self.profile.clone());
                self.line.media(MediaCommand::AnswerOffer { leg, interface, profile, offer, prefer: None });
            }
            LegEvent::Offered { .. } => self.line.command(LegCommand::RefuseOffer { status: 491 }),
            LegEvent::Ended { cause, status } => self.over(cause, status),
            _ => {}
        }
    }

    fn media(&mut self, event: MediaEvent) {
        let leg = self.line.leg;
        match event {
            MediaEvent::Offer { offer, .. } => {
                if let Some(to) = self.to.take() {
                    let from = Party::number(self.wish.caller.clone().unwrap_or_default());
                    self.line.dialled = true;
                    self.until = Instant::now() + self.wish.ring_for;
                    self.line.command(LegCommand::Dial(Box::new(Dial { to, from, offer, headers: Vec::new() })));
                }
            }
            MediaEvent::Negotiated { answer: Some(answer), .. } => {
                self.line.command(LegCommand::AcceptOffer { answer })
            }
            MediaEvent::Negotiated { answer: None, .. } => {
                let prompts = vec![PromptRef::new(TEST_TONE)];
                self.line.media(MediaCommand::Play { leg, play: PlayId(0), prompts, repeat: true });
                self.until = Instant::now() + self.wish.listen_for;
            }
            MediaEvent::Refused { .. } if self.line.dialled && self.quality.is_none() => {
                self.hang_up(Cause::NotAcceptable);
            }
            MediaEvent::Refused { .. } => self.over(Cause::Congestion, None),
            MediaEvent::Closed { quality, .. } => self.quality = Some(quality),
            _ => {}
        }
    }

    fn over(&mut self, cause: Cause, status: Option<u16>) {
        self.line.ended = true;
        self.end = Some((cause, status));
        self.until = Instant::now() + GRACE;
        self.line.media(MediaCommand::Close { leg: self.line.leg });
    }

    fn result(self) -> TrunkTest {
        let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let quality = self.quality.unwrap_or_default();
        let (ended, status) = self.end.unwrap_or((Cause::SignalingTimeout, None));
        let outcome = match (self.answered, self.given_up) {
            (Some(_), None | Some(Cause::Normal)) => "answered",
            (_, Some(cause)) => cause.as_str(),
            (None, None) => ended.as_str(),
        };
        TrunkTest {
            outcome,
            status,
            rang_after_ms: self.rang.map(ms),
            answered_after_ms: self.answered.map(ms),
            came_in_over: None,
            sound: quality.received_packets > 0,
            codec: quality.codec,
            sent_packets: quality.sent_packets,
            received_packets: quality.received_packets,
            lost_packets: quality.lost_packets,
            jitter_ms: quality.jitter_ms,
            mos: quality.mos,
        }
    }
}
