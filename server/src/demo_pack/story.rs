//! The facts of a call that was never made, as a call leaves them.

use super::script::{Kind, Scripted, Who};
use super::sound::{HOLD, Spoken, TRANSFER, moment};
use super::{Loading, NUMBER, TAG};
use anyhow::{Context as _, Result};
use ringdesk_conversations::{CallFact, Country, TransferTarget};
use ringdesk_model::{
    AccountId, AgentId, CallId, ConversationId, Ids, InboxId, Language, OfferId, Pii, QueueId, RecordingId, Timestamp,
    WorkItemId, WorkOutcome,
};
use ringdesk_operations::{CallRecord, Opening};
use ringdesk_storage::journal::Set;
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
/// From the answer of the flow to the queue: greeting and notice.
const GREETING: Duration = Duration::from_secs(6);
/// How long an agent's telephone rings.
const RINGS: Duration = Duration::from_secs(4);

pub(super) struct Story {
    pub(super) conversation: ConversationId,
    pub(super) call: CallId,
    /// Stands for everybody but the caller in the recording.
    pub(super) legs: Uuid,
    pub(super) language: Language,
    from: String,
    start: Timestamp,
    /// Of the recording.
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) recording: Option<RecordingId>,
    pub(super) parts: Vec<(AgentId, OfferId)>,
    pub(super) talks: Vec<(AgentId, Timestamp, Timestamp)>,
    facts: Vec<(Timestamp, CallFact)>,
}

impl Story {
    pub(super) fn of(loading: &mut Loading, script: &Scripted, start: Timestamp, spoken: &Spoken) -> Result<Story> {
        let queue = *loading.queues.get(&script.queue).context("no such queue")?;
        let mut story = Story::begin(&mut loading.ids, script.language(), &script.from, start);
        let (queued, item) = story.queued(&mut loading.ids, queue);
        let left = queued + SECOND * u32::try_from(script.wait).unwrap_or(60);
        match script.kind {
            Kind::Abandoned => story.given_up(item, left),
            Kind::Voicemail => story.message(&mut loading.ids, item, queue, left, spoken.lasts_ms),
            Kind::Talk | Kind::Callback => {
                let of = |login: &Option<String>| login.as_ref().and_then(|l| loading.agents.get(l)).copied();
                let first = of(&script.agent).context("no such agent")?;
                let second = of(&script.second);
                story.recording = Some(loading.ids.next(left));
                story.talk(&mut loading.ids, (item, queue), first, left);
                let hold = script.hold.and_then(|n| spoken.lines.get(n)).map(|line| line.start_ms);
                if let Some(at) = hold {
                    story.fact(moment(left, at - HOLD + 500), CallFact::Held { agent: Some(first) });
                    story.fact(moment(left, at - 500), CallFact::Resumed { agent: Some(first) });
                }
                let passed = spoken.lines.iter().find(|line| line.who == Who::Second).map(|line| line.start_ms);
                if let (Some(second), Some(at)) = (second, passed) {
                    story.passed_on(
                        &mut loading.ids,
                        queue,
                        (first, second),
                        moment(left, at - TRANSFER + 200),
                        moment(left, at - 200),
                    );
                }
                story.hung_up(moment(left, spoken.lasts_ms));
            }
        }
        Ok(story)
    }

    /// One of many: most are served, some give up, a few find nobody.
    pub(super) fn quiet(loading: &mut Loading, n: usize) -> Result<Story> {
        let day = 13 - u32::try_from(n % 13).unwrap_or(0);
        let minutes = 9 * 60 + 7 + u32::try_from(n / 13 * 97 + n % 13 * 11).unwrap_or(0);
        let start = loading.at(day, minutes);
        let queue =
            *loading.queues.get(if n.is_multiple_of(4) { "sales" } else { "support" }).context("no such queue")?;
        let agents: Vec<AgentId> = loading.agents.values().copied().collect();
        let agent = *agents.get(n % agents.len().max(1)).context("no agent")?;
        let (language, from) = match n % 3 {
            0 => (Language::ZhCn, format!("+861380066{:04}", n + 1_000)),
            _ => (Language::En, format!("+4930666{:05}", n + 10_000)),
        };
        let mut story = Story::begin(&mut loading.ids, language, &from, start);
        let (queued, item) = story.queued(&mut loading.ids, queue);
        let left = queued + SECOND * (4 + u32::try_from(loading.ids.bits() % 24).unwrap_or(0));
        match n % 11 {
            3 | 8 => story.given_up(item, left),
            6 if n.is_multiple_of(2) => {
                story.fact(left, CallFact::LeftQueue { work_item: item, outcome: WorkOutcome::MaxWait });
                story.over(left + SECOND * 4, "normal", "flow");
            }
            _ => {
                story.talk(&mut loading.ids, (item, queue), agent, left);
                story.hung_up(left + SECOND * (60 + u32::try_from(loading.ids.bits() % 300).unwrap_or(0)));
            }
        }
        Ok(story)
    }

    /// One of very many, which the first agent takes.
    pub(super) fn taken(loading: &mut Loading, n: usize) -> Result<Story> {
        let minute = u32::try_from(n).unwrap_or(0);
        let start = loading.at(13 - minute / 60, minute % 60 * 12 + 60);
        let queue = *loading.queues.get("support").context("no such queue")?;
        let agent = *loading.agents.get("agent1").context("no agent")?;
        let from = format!("+4930777{:05}", n + 10_000);
        let mut story = Story::begin(&mut loading.ids, Language::En, &from, start);
        let (queued, item) = story.queued(&mut loading.ids, queue);
        story.talk(&mut loading.ids, (item, queue), agent, queued + SECOND * 8);
        story.hung_up(queued + SECOND * (60 + minute % 500));
        Ok(story)
    }

    fn begin(ids: &mut Ids, language: Language, from: &str, start: Timestamp) -> Story {
        Story {
            conversation: ids.next(start),
            call: ids.next(start),
            legs: ids.next(start),
            language,
            from: from.to_owned(),
            start,
            began: start,
            ended: start,
            recording: None,
            parts: Vec::new(),
            talks: Vec::new(),
            facts: vec![(start + SECOND / 2, CallFact::Answered)],
        }
    }

    fn fact(&mut self, at: Timestamp, fact: CallFact) {
        self.facts.push((at, fact));
    }

    fn queued(&mut self, ids: &mut Ids, queue: QueueId) -> (Timestamp, WorkItemId) {
        let at = self.start + GREETING;
        let work_item = ids.next(at);
        self.fact(at, CallFact::Queued { work_item, queue });
        (at, work_item)
    }

    fn given_up(&mut self, work_item: WorkItemId, at: Timestamp) {
        self.fact(at, CallFact::LeftQueue { work_item, outcome: WorkOutcome::Abandoned });
        self.over(at, "cancelled", "caller");
    }

    fn talk(&mut self, ids: &mut Ids, (work_item, queue): (WorkItemId, QueueId), agent: AgentId, at: Timestamp) {
        let offer: OfferId = ids.next(at);
        let rings = Timestamp(at.0 - i64::try_from(RINGS.as_micros()).unwrap_or(0));
        self.fact(rings, CallFact::Offered { offer, agent, queue });
        self.fact(at, CallFact::OfferEnded { offer, agent, outcome: "accepted".into() });
        self.fact(at, CallFact::LeftQueue { work_item, outcome: WorkOutcome::Served });
        self.fact(at, CallFact::AgentJoined { offer, agent, queue: Some(queue) });
        self.began = at;
        self.parts.push((agent, offer));
        self.talks.push((agent, at, at));
    }

    fn passed_on(
        &mut self,
        ids: &mut Ids,
        queue: QueueId,
        (by, to): (AgentId, AgentId),
        at: Timestamp,
        taken: Timestamp,
    ) {
        let (transfer, offer): (_, OfferId) = (ids.next(at), ids.next(at));
        let target = TransferTarget::Agent { agent: to };
        let mode = "blind".to_owned();
        self.fact(at, CallFact::Transferring { transfer, by: Some(by), target, mode, reason: None });
        self.fact(at, CallFact::AgentLeft { agent: by });
        self.fact(at, CallFact::Offered { offer, agent: to, queue });
        self.fact(taken, CallFact::OfferEnded { offer, agent: to, outcome: "accepted".into() });
        self.fact(taken, CallFact::AgentJoined { offer, agent: to, queue: Some(queue) });
        let waited_ms = u64::try_from(taken.since(at).as_millis()).unwrap_or(0);
        let outcome = "completed".to_owned();
        self.fact(taken, CallFact::TransferEnded { transfer, outcome, waited_ms, agent: Some(to) });
        if let Some(last) = self.talks.last_mut() {
            last.2 = at;
        }
        self.parts.push((to, offer));
        self.talks.push((to, taken, taken));
    }

    /// Nobody was there for them, and they said what they wanted.
    fn message(&mut self, ids: &mut Ids, work_item: WorkItemId, queue: QueueId, at: Timestamp, lasts_ms: u64) {
        let recording: RecordingId = ids.next(at);
        self.fact(at, CallFact::LeftQueue { work_item, outcome: WorkOutcome::NoAgents });
        (self.began, self.recording) = (at, Some(recording));
        let (recording, queue) = (Some(recording), Some(queue));
        self.fact(at, CallFact::VoicemailBegun { recording, from_ms: 0, min_ms: 2_000, queue });
        let ends = moment(at, lasts_ms);
        let to_ms = i64::try_from(lasts_ms).unwrap_or(0);
        let end = "hang_up".to_owned();
        self.fact(ends, CallFact::Voicemail { duration_ms: lasts_ms, recording, from_ms: 0, to_ms, queue, end });
        self.over(ends, "normal", "caller");
    }

    fn hung_up(&mut self, at: Timestamp) {
        if let Some((agent, _, until)) = self.talks.last_mut() {
            *until = at;
            let agent = *agent;
            self.fact(at, CallFact::AgentLeft { agent });
        }
        self.over(at, "normal", "caller");
    }

    fn over(&mut self, at: Timestamp, cause: &str, by: &str) {
        self.ended = at;
        self.fact(at, CallFact::Ended { cause: cause.into(), by: by.into() });
    }

    /// Into the journal, the way a call that is followed leaves them.
    pub(super) fn write(
        &self,
        set: &mut Set,
        ids: &mut Ids,
        account: AccountId,
        inbox: Option<InboxId>,
        home: Country,
    ) -> Result<()> {
        let opening = Opening {
            account,
            call: self.call,
            inbox,
            from: Pii::new(self.from.clone()),
            from_name: None,
            to: Pii::new(NUMBER.to_owned()),
            origin: TAG.to_owned(),
            home,
        };
        let mut record = CallRecord::open_as(set, ids, self.start, self.conversation, opening)?;
        let mut facts: Vec<&(Timestamp, CallFact)> = self.facts.iter().collect();
        facts.sort_by_key(|(at, _)| *at);
        for (at, fact) in facts {
            record.fact(set, ids, *at, fact)?;
        }
        Ok(())
    }
}
