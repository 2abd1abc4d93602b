//! An agent whose browser is lost in the middle of a talk: its connection broke, nothing comes from it any more, or its page is
//! being loaded anew. The agent's part goes on meanwhile, even when its leg has ended. It comes back by the leg it had
//! (over another connection, after ICE has begun anew), or as a new page, which is called and takes the place of the old leg with
//! its first packet. Who is not back in time has left: a contact who is alone then goes to the head of its queue.

use crate::leg::{About, Leg, Signaling};
use crate::{Call, FlowFact, Output};
use ringdesk_model::{AgentId, AskId, Pii, Timestamp};
use ringdesk_voice::{CallEvent, Cause, Destination, LegId, Profile, Question};

/// New pages that are called for one loss.
const TRIES: u8 = 5;

#[derive(Clone, Debug)]
pub(crate) struct Lost {
    agent: AgentId,
    token: Pii<String>,
    /// Where it comes back as a new page.
    ask: Option<AskId>,
    /// Given up then. `None`: its sound still comes, so signaling has the last word.
    pub(crate) until: Option<Timestamp>,
    /// Nothing can be told to it.
    cut_off: bool,
    /// The new page.
    next: Option<LegId>,
    tries: u8,
    /// What the books knew of its hold when the leg ended.
    reported_hold: bool,
    /// Of the leg that was lost.
    discreet: bool,
}

impl Lost {
    /// Nobody says any more where it comes back.
    pub(crate) fn asks_no_more(&mut self) {
        self.ask = None;
    }
}

impl Call {
    /// Its connection broke.
    pub(crate) fn flow_lost(&mut self, now: Timestamp, id: LegId) {
        if self.returns_for(id).is_some() {
            return self.next_page(now, id);
        }
        self.own_becomes_part(now, id);
        if self.lose(now, id)
            && let Some(lost) = self.lost.get_mut(&id)
        {
            lost.cut_off = true;
        }
    }

    /// It is reached again, in the session that it had.
    pub(crate) fn flow_back(&mut self, now: Timestamp, id: LegId) {
        let Some(lost) = self.lost.get_mut(&id) else { return };
        lost.cut_off = false;
        match self.legs.get(&id).is_some_and(|leg| leg.silent_until.is_some()) {
            true => self.begin_ice_anew(now, id),
            false => self.found(now, id),
        }
    }

    /// Nothing comes from it any more, not even a check of the path.
    pub(crate) fn browser_silent(&mut self, now: Timestamp, id: LegId) {
        if !self.legs.get(&id).is_some_and(|leg| leg.flows) {
            return; // it has not begun yet
        }
        self.own_becomes_part(now, id);
        if self.lose(now, id) && self.lost.get(&id).is_some_and(|lost| !lost.cut_off) {
            self.begin_ice_anew(now, id);
        }
    }

    /// Sound comes from this leg.
    pub(crate) fn browser_heard(&mut self, now: Timestamp, id: LegId) {
        if self.lost.get(&id).is_some_and(|lost| !lost.cut_off) {
            self.found(now, id);
        }
        self.page_ready(now, id);
    }

    /// A new page takes the old leg's place as soon as it has answered and is heard.
    pub(crate) fn page_ready(&mut self, now: Timestamp, id: LegId) {
        let Some(was) = self.returns_for(id) else { return };
        let ready = |leg: &Leg| leg.signaling == Signaling::Answered && leg.exchange.is_none() && leg.flows;
        if !self.legs.get(&id).is_some_and(|leg| ready(leg)) {
            return;
        }
        let Some(lost) = self.lost.remove(&was) else { return };
        self.take_back(lost.ask);
        let held = self.legs.get(&was).map_or(lost.reported_hold, |leg| leg.reported_hold);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.reported_hold = held;
        }
        if let Some(talk) = &mut self.talk
            && let Some(part) = talk.parts.remove(&was)
        {
            talk.parts.insert(id, part);
        }
        if let Some(search) = self.search.as_mut().filter(|s| s.sender == Some(was)) {
            search.sender = Some(id);
        }
        self.event(CallEvent::Reconnected { leg: id, was, agent: lost.agent });
        self.hang_up(now, was, Cause::AnsweredElsewhere);
    }

    /// It was lost rather than hung up: among these are a browser's BYE with `Reason: SIP;cause=408` or `500` (RFC 3326).
    pub(crate) fn is_loss(cause: Cause) -> bool {
        matches!(cause, Cause::SignalingTimeout | Cause::RemoteFailure | Cause::MediaTimeout)
    }

    /// A part's leg is over. True: its agent is waited for.
    pub(crate) fn outlives(&mut self, now: Timestamp, id: LegId, cause: Cause) -> bool {
        if !Call::is_loss(cause) || !self.may_outlive(id) || !self.lose(now, id) {
            return false;
        }
        let held = self.legs.get(&id).is_some_and(|leg| leg.reported_hold);
        let Some(lost) = self.lost.get_mut(&id) else { return false };
        (lost.cut_off, lost.reported_hold) = (true, held);
        if lost.until.is_none() {
            self.give_up(now, id);
        }
        true
    }

    /// In their own call the agent is the caller, until it is made a call like all others.
    pub(crate) fn own_becomes_part(&mut self, now: Timestamp, id: LegId) {
        let browser = self.legs.get(&id).is_some_and(|leg| leg.profile == Profile::WebRtc && leg.is_live());
        if id == self.caller && self.own.is_some() && browser {
            self.turn_own(now);
        }
    }

    /// The device is back as a new page.
    pub(crate) fn page_is_back(&mut self, now: Timestamp, was: LegId, there: Destination) {
        let Some(lost) = self.lost.get_mut(&was) else { return };
        lost.ask = None;
        if lost.tries >= TRIES {
            return;
        }
        lost.tries += 1;
        let id: LegId = self.ids.next(now);
        let before = lost.next.replace(id);
        let mut leg = Leg::new(Signaling::New, there.interface, there.profile.clone());
        leg.to = Some(there);
        leg.discreet = lost.discreet;
        self.legs.insert(id, Box::new(leg));
        if let Some(before) = before {
            self.hang_up(now, before, Cause::Cancelled);
        }
        self.make_offer(now, id, About::Start);
    }

    /// The new page did not answer, or is being loaded anew itself. True, if it was one.
    pub(crate) fn page_left(&mut self, now: Timestamp, id: LegId, cause: Cause) -> bool {
        let Some(was) = self.returns_for(id) else { return false };
        if let Some(lost) = self.lost.get_mut(&was) {
            lost.next = None;
        }
        // Who does not want is not asked again.
        if !matches!(cause, Cause::Declined | Cause::Busy | Cause::Normal) {
            self.ask_return(now, was, id);
        }
        true
    }

    pub(crate) fn return_asked_by(&self, ask: AskId) -> Option<LegId> {
        self.lost.iter().find(|(_, lost)| lost.ask == Some(ask)).map(|(leg, _)| *leg)
    }

    /// Whose place this leg is to take.
    pub(crate) fn returns_for(&self, id: LegId) -> Option<LegId> {
        self.lost.iter().find(|(_, lost)| lost.next == Some(id)).map(|(leg, _)| *leg)
    }

    /// So that a page knows its own call, and a telephone picks up. Only the first counts for a page.
    pub(crate) fn return_headers(&self, id: LegId) -> Option<Vec<(String, Pii<String>)>> {
        let lost = self.lost.get(&self.returns_for(id)?)?;
        let plain = |name: &str, value: &str| (name.to_owned(), Pii::new(value.to_owned()));
        Some(vec![
            ("X-Ringdesk-Return".into(), lost.token.clone()),
            plain("Answer-Mode", "Auto"),
            plain("Call-Info", "<sip:localhost>;answer-after=0"),
            plain("Alert-Info", "<http://localhost>;info=alert-autoanswer"),
        ])
    }

    /// Nothing comes from the party of this part.
    pub(crate) fn is_unheard(&self, id: LegId) -> bool {
        let unheard = |leg: &Leg| !leg.is_live() || leg.silent_until.is_some();
        self.lost.contains_key(&id) && self.legs.get(&id).is_none_or(|leg| unheard(leg))
    }

    pub(crate) fn lost_too_long(&mut self, now: Timestamp, id: LegId) {
        if self.is_unheard(id) {
            return self.give_up(now, id);
        }
        if let Some(lost) = self.lost.get_mut(&id) {
            lost.until = None;
        }
    }

    /// The part is over, or its call is: nobody waits any more.
    pub(crate) fn forget_loss(&mut self, now: Timestamp, id: LegId) {
        let Some(lost) = self.lost.remove(&id) else { return };
        self.take_back(lost.ask);
        if let Some(next) = lost.next {
            self.hang_up(now, next, Cause::Cancelled);
        }
    }

    pub(crate) fn losses_end(&mut self, now: Timestamp) {
        while let Some(id) = self.lost.first_key_value().map(|(id, _)| *id) {
            self.forget_loss(now, id);
        }
    }

    /// Whoever passes the contact on, or asks somebody, has left with their telephone.
    pub(crate) fn may_outlive(&self, id: LegId) -> bool {
        self.is_part(id) && self.search.as_ref().is_none_or(|s| s.sender != Some(id))
    }

    /// True: the agent of this leg is being waited for.
    pub(crate) fn lose(&mut self, now: Timestamp, id: LegId) -> bool {
        if self.lost.contains_key(&id) {
            return true;
        }
        let browser = self.legs.get(&id).is_some_and(|leg| leg.profile == Profile::WebRtc && leg.leaves.is_none());
        let discreet = self.legs.get(&id).is_none_or(|leg| leg.discreet);
        let agent = self.talk.as_ref().and_then(|talk| talk.parts.get(&id)?.agent);
        let Some(agent) = agent.filter(|_| browser && self.ending.is_none()) else { return false };
        let name: LegId = self.ids.next(now);
        let (token, until) = (Pii::new(name.to_string()), now + self.config.reconnect);
        self.lost.insert(
            id,
            Lost {
                agent,
                token: token.clone(),
                ask: None,
                until: Some(until),
                cut_off: false,
                next: None,
                tries: 0,
                reported_hold: false,
                discreet,
            },
        );
        self.event(CallEvent::Reconnecting { leg: id, agent, token, until });
        self.ask_return(now, id, id);
        true
    }

    /// Ask where the device of `of` comes back, for the loss of `was`.
    fn ask_return(&mut self, now: Timestamp, was: LegId, of: LegId) {
        let ask: AskId = self.ids.next(now);
        let Some(lost) = self.lost.get_mut(&was).filter(|lost| lost.tries < TRIES) else { return };
        let before = lost.ask.replace(ask);
        self.take_back(before);
        self.put(Output::Ask(ask, Question::Return { leg: of }));
    }

    /// The new page's own connection broke: it may come back as a third one.
    fn next_page(&mut self, now: Timestamp, id: LegId) {
        if let Some(was) = self.returns_for(id) {
            self.ask_return(now, was, id);
        }
    }

    /// Back by the leg it had; a last packet of one that we have hung up is no return.
    fn found(&mut self, now: Timestamp, id: LegId) {
        if !self.legs.get(&id).is_some_and(|leg| leg.is_live()) {
            return;
        }
        let Some(agent) = self.lost.get(&id).map(|lost| lost.agent) else { return };
        self.forget_loss(now, id);
        self.event(CallEvent::Reconnected { leg: id, was: id, agent });
    }

    fn give_up(&mut self, now: Timestamp, id: LegId) {
        let Some(agent) = self.lost.get(&id).map(|lost| lost.agent) else { return };
        self.forget_loss(now, id);
        self.event(CallEvent::NotReconnected { leg: id, agent });
        self.hang_up(now, id, Cause::SignalingTimeout);
        let alone = self.parts() == 1 && self.search.is_none() && self.parked.is_none();
        match self.queue.filter(|_| alone) {
            Some(queue) => {
                self.take_out(now, id);
                self.back_to_flow(now);
                self.fact(FlowFact::Requeued { queue });
            }
            None => self.part_ended(now, id, Cause::SignalingTimeout),
        }
    }

    /// Ask for new checks: a browser that has given a path up looks for another one then.
    fn begin_ice_anew(&mut self, now: Timestamp, id: LegId) {
        let free = |leg: &Leg| {
            leg.signaling == Signaling::Answered && leg.exchange.is_none() && leg.expects.is_none() && !leg.held
        };
        if self.legs.get(&id).is_some_and(|leg| free(leg)) {
            self.make_offer(now, id, About::Restart);
        }
    }

    fn take_back(&mut self, ask: Option<AskId>) {
        if let Some(ask) = ask {
            self.put(Output::Cancel(ask));
        }
    }
}
