//! Calls that agents make. From the API the agent's own telephone is rung first, then whom they want; from the telephone itself
//! only the latter. Either way it goes through the one gate for calls to the outside, the agent is at work meanwhile (also when
//! on a break), and the contact is whoever was dialled.
//!
//! A contact whose turn has come may be called by the house itself, before any agent is asked (`called_first`).
//!
//! To the rooms such a call is one whose caller is the agent. Those who keep books hear of it the other way round: the
//! contact's leg is the one the others join.

use crate::call_rooms::CallRooms;
use crate::called_first::CalledFirst;
use crate::desk::Desks;
use crate::devices::is_reachable;
use crate::dictation::Dictation;
use crate::recordings::Expected;
use crate::tasks::call::{INBOX, run_call};
use crate::tasks::exchange::{AtTheDoor, watch};
use crate::tasks::journal::Entry;
use crate::tasks::rows::Rows;
use crate::tasks::watchdog::Pulse;
use ringdesk_call_control::{Call, Contacted, Outgoing};
use ringdesk_conversations::{RecordingPolicy, RecordingRule};
use ringdesk_ivr::{Context, Flow, Run, Waiting};
use ringdesk_model::{AgentId, CallId, Clock as _, DeviceId, Ids, Language, OfferId, Pii, QueueId, WorkItemId};
use ringdesk_operations::OperationError;
use ringdesk_operations::whom::Meant;
use ringdesk_switchboard::{AccountInput, CallDesk, CallInput, Turn};
use ringdesk_voice::{CallEvent, Cause, EndedBy, IncomingCall, LegId, Origin, Party, Target};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long whom they want may ring.
const RINGS: Duration = Duration::from_secs(60);
/// How long the agent's own telephone does, in the offer of work that stands for it.
pub(crate) const OWN_RINGS: Duration = Duration::from_secs(40);

/// What an agent wants.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) agent: AgentId,
    /// Theirs.
    pub(crate) extension: String,
    pub(crate) dialled: Pii<String>,
    /// Shown to whom is called.
    pub(crate) caller_id: Option<String>,
    /// Shown on the agent's own telephone.
    pub(crate) shown: String,
    /// Whose rules it follows.
    pub(crate) queue: Option<QueueId>,
    /// Of theirs, which is rung alone.
    pub(crate) device: Option<DeviceId>,
}

/// Why a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotMade {
    #[error("this number may not be dialled")]
    Forbidden,
    #[error("there is no such number")]
    Unknown,
    #[error("no telephone of yours is registered")]
    NoTelephone,
    #[error("you have no such device")]
    NoDevice,
    #[error("the call could not be made")]
    Failed,
}

impl From<OperationError> for NotMade {
    fn from(fault: OperationError) -> Self {
        tracing::error!(%fault, "an agent's call could not be prepared");
        NotMade::Failed
    }
}

/// An agent's own call, as its rooms see it.
pub(crate) struct Own {
    leg: LegId,
    agent: AgentId,
    pub(crate) queue: Option<QueueId>,
    pub(crate) work_item: WorkItemId,
    /// Under which their part is kept when routing does not know it.
    part: OfferId,
    /// Somebody is called back whose turn has come: routing has asked the agent, and waits for them to pick up.
    turn: bool,
    /// It is known which of the agent's telephones it is.
    picked_up: bool,
    started: Option<CallEvent>,
    answered: bool,
    /// Within the call, too, the contact is whom the agent has called.
    turned: bool,
}

impl Own {
    pub(crate) fn agent(&self) -> AgentId {
        self.agent
    }

    /// The offer for which this call was made, if it was; and whether this event is the agent's picking up.
    pub(crate) fn turn(&self, event: &CallEvent) -> Option<(OfferId, bool)> {
        let picks_up = !self.picked_up && matches!(event, CallEvent::Answered { .. });
        self.turn.then_some((self.part, picks_up))
    }

    /// What the books hear of it. `offer`: under which routing knows the agent's part.
    pub(crate) fn told(&mut self, event: CallEvent, offer: Option<OfferId>) -> Vec<CallEvent> {
        match event {
            // From now on the call says it the way the books always had it.
            CallEvent::Inherited { from, .. } if from == self.leg => {
                self.turned = true;
                vec![]
            }
            CallEvent::Bridged { b, .. } if self.turned && b == self.leg => vec![],
            other if self.turned => vec![other],
            CallEvent::Started { .. } => {
                self.started = Some(event.clone());
                vec![event]
            }
            // The contact answers, not the agent.
            CallEvent::Answered { leg } if !self.picked_up => {
                (self.leg, self.picked_up) = (leg, true);
                vec![]
            }
            CallEvent::Bridged { a, b, agent: None, .. } if a == self.leg => {
                let joined = CallEvent::Bridged {
                    a: b,
                    b: self.leg,
                    agent: Some(self.agent),
                    offer: Some(offer.unwrap_or(self.part)),
                };
                match std::mem::replace(&mut self.answered, true) {
                    true => vec![joined],
                    false => vec![CallEvent::Answered { leg: b }, joined],
                }
            }
            CallEvent::Unbridged { a, b } if a == self.leg => vec![CallEvent::Unbridged { a: b, b: self.leg }],
            other => vec![other],
        }
    }

    /// For those who tell the contact's sound from that of others by whose call it is: the call begins with the contact.
    pub(crate) fn begins(&self, event: &CallEvent) -> Option<CallEvent> {
        let (CallEvent::Answered { leg: contact }, Some(CallEvent::Started { from, to, origin, .. })) =
            (event, &self.started)
        else {
            return None;
        };
        Some(CallEvent::Started { leg: *contact, from: from.clone(), to: to.clone(), origin: origin.clone() })
    }
}

/// Where it leads, if it may be dialled.
pub(crate) async fn target(desks: &Desks, dialled: &Pii<String>) -> Result<Target, NotMade> {
    if desks.dialling.is_emergency(dialled.reveal()) {
        return Ok(Target::Number(dialled.clone()));
    }
    let (operations, account) = desks.dialling.house();
    match operations.dialled_inside(account, dialled.reveal()).await? {
        Some(Meant::Agent(_) | Meant::Extension(_)) => Ok(Target::Extension(dialled.reveal().clone())),
        Some(Meant::Flow(_)) => Err(NotMade::Unknown),
        None => {
            let target = Target::Number(dialled.clone());
            match desks.dialling.is_open(&target) {
                true => Ok(target),
                false => Err(NotMade::Forbidden),
            }
        }
    }
}

/// Ring the agent's telephone, then whom they want.
pub(crate) async fn begin(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    wanted: Wanted,
) -> Result<CallId, NotMade> {
    ring(desks, rows, seeds, wanted, None).await
}

/// The same for an agent whom routing asks to call somebody back: the offer lives until they pick up.
pub(crate) async fn take_turn(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    wanted: Wanted,
    turn: Turn,
) -> Result<CallId, NotMade> {
    ring(desks, rows, seeds, wanted, Some(turn)).await
}

async fn ring(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    wanted: Wanted,
    turn: Option<Turn>,
) -> Result<CallId, NotMade> {
    let target = target(desks, &wanted.dialled).await?;
    let devices = match wanted.device {
        Some(device) if desks.devices.is_of(device, &wanted.extension) => Target::Device(device),
        Some(_) => return Err(NotMade::NoDevice),
        None => Target::Extension(wanted.extension.clone()),
    };
    if !is_reachable(desks, &devices).await {
        return Err(NotMade::NoTelephone);
    }
    let leg = LegId(seeds.lock().unwrap_or_else(PoisonError::into_inner).next::<CallId>(desks.clock.now()).0);
    let rings = Outgoing {
        leg,
        agent: wanted.agent,
        target: devices,
        ring_for: turn.map_or(OWN_RINGS, |turn| turn.ring_for),
        shown: Party::number(wanted.shown.clone()),
        from: Party::number(wanted.caller_id.clone().unwrap_or_else(|| wanted.extension.clone())),
        to: Party { number: wanted.dialled.clone(), name: None },
        origin: Origin::Extension(wanted.extension.clone()),
    };
    let (inbox, inputs) = mpsc::channel(INBOX);
    open(desks, rows, seeds, (Begins::Rings(rings), inbox, inputs), (&wanted, turn), target).await
}

/// The agent dialled it themselves.
pub(crate) async fn connect(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    waits: AtTheDoor,
    wanted: Wanted,
) -> Result<CallId, NotMade> {
    let target = target(desks, &wanted.dialled).await?;
    let (mut incoming, inbox, inputs) = waits.parts();
    if let Some(caller_id) = &wanted.caller_id {
        incoming.from = Party::number(caller_id.clone());
    }
    open(desks, rows, seeds, (Begins::AtTheDoor(incoming), inbox, inputs), (&wanted, None), target).await
}

/// An emergency number, from a telephone of nobody who takes calls: no gate stands before it.
pub(crate) async fn emergency(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    waits: AtTheDoor,
) -> Result<CallId, NotMade> {
    let (incoming, inbox, inputs) = waits.parts();
    let flow = flow(&Target::Number(incoming.to.number.clone()), false)?;
    let spoken = (flow, Language::default());
    run(desks, rows, seeds, (Begins::AtTheDoor(incoming), inbox, inputs), None, spoken, Whose::Nobodys).await
}

/// The house calls a contact of its own accord: this flow has them wait in the queue.
pub(crate) async fn call_first(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    (dialled, from): (Pii<String>, Party),
    queue: QueueId,
    spoken: (Flow, Language),
    called: CalledFirst,
) -> Result<CallId, NotMade> {
    let target = target(desks, &dialled).await?;
    if !is_reachable(desks, &target).await {
        return Err(NotMade::NoTelephone);
    }
    let leg = LegId(seeds.lock().unwrap_or_else(PoisonError::into_inner).next::<CallId>(desks.clock.now()).0);
    let contacted = Contacted {
        leg,
        target,
        ring_for: RINGS,
        origin: Origin::Extension(from.number.reveal().clone()),
        from,
        to: Party { number: dialled, name: None },
    };
    let (inbox, inputs) = mpsc::channel(INBOX);
    let door = (Begins::Calls(contacted), inbox, inputs);
    run(desks, rows, seeds, door, Some(queue), spoken, Whose::Contacts(called)).await
}

/// Somebody asks the house for something: this flow answers. It is in no books, but who asks has a call in hand.
pub(crate) fn serve(
    desks: &Arc<Desks>,
    seeds: &Mutex<Ids>,
    waits: AtTheDoor,
    flow: Flow,
    language: Language,
) -> Result<CallId, NotMade> {
    let (incoming, inbox, inputs) = waits.parts();
    Ok(unbooked(desks, seeds, (Begins::AtTheDoor(incoming), inbox, inputs), (flow, language), None))
}

/// The other way round: the house calls somebody, who speaks a prompt. `shown`: on their telephone.
pub(crate) async fn dictate(
    desks: &Arc<Desks>,
    seeds: &Mutex<Ids>,
    (agent, extension, shown): (AgentId, &str, &str),
    flow: (Flow, Language),
    dictation: Arc<Dictation>,
) -> Result<CallId, NotMade> {
    let target = Target::Extension(extension.to_owned());
    if !is_reachable(desks, &target).await {
        return Err(NotMade::NoTelephone);
    }
    let leg = LegId(seeds.lock().unwrap_or_else(PoisonError::into_inner).next::<CallId>(desks.clock.now()).0);
    let own = Party::number(extension);
    let rings = Outgoing {
        leg,
        agent,
        target,
        ring_for: OWN_RINGS,
        shown: Party { name: Some(Pii::new(shown.to_owned())), ..own.clone() },
        from: own.clone(),
        to: own,
        origin: Origin::Extension(extension.to_owned()),
    };
    let (inbox, inputs) = mpsc::channel(INBOX);
    Ok(unbooked(desks, seeds, (Begins::Rings(rings), inbox, inputs), flow, Some(dictation)))
}

fn unbooked(
    desks: &Arc<Desks>,
    seeds: &Mutex<Ids>,
    (begins, inbox, inputs): Door,
    (flow, language): (Flow, Language),
    dictation: Option<Arc<Dictation>>,
) -> CallId {
    let now = desks.clock.now();
    let fresh = || Ids::seeded(seeds.lock().unwrap_or_else(PoisonError::into_inner).bits());
    let mut ids = fresh();
    let id: CallId = ids.next(now);
    let context = Context {
        ids: fresh(),
        language,
        caller: begins.parties().0.clone(),
        called: begins.parties().1.clone(),
        prompts: Arc::new(ringdesk_tts::texts(language)),
        queues: Arc::default(),
        ruled: false,
    };
    let (rooms, call) = match begins {
        Begins::AtTheDoor(incoming) => {
            let rooms = CallRooms::new(desks.clone(), id, inbox, Some(incoming.leg));
            (rooms, Call::incoming(now, ids, incoming, desks.calls()))
        }
        Begins::Rings(wanted) => {
            (CallRooms::new(desks.clone(), id, inbox, None), Call::outgoing(now, ids, wanted, desks.calls()))
        }
        Begins::Calls(wanted) => {
            (CallRooms::new(desks.clone(), id, inbox, None), Call::to_contact(now, ids, wanted, desks.calls()))
        }
    };
    let rooms = rooms.unbooked(dictation);
    let desk = CallDesk::new(now, id, call, Run::start(now, Arc::new(flow), context));
    let pulse = Arc::new(Pulse::default());
    let task = tokio::spawn(run_call(desk, inputs, rooms, pulse.clone(), desks.clock));
    desks.watchdog.watch(id, now, pulse, task.abort_handle());
    let desks = desks.clone();
    tokio::spawn(async move {
        let failed = task.await.is_err();
        desks.watchdog.forget(id);
        if failed {
            tracing::error!(call.id = %id, "the task of a call with the house failed");
            let event = CallEvent::Ended { cause: Cause::InternalFailure, by: EndedBy::System };
            let _ = desks.account.send(AccountInput::Observed(id, event)).await; // the house is ending
        }
    });
    id
}

/// How a call begins that no number of ours answers.
enum Begins {
    AtTheDoor(IncomingCall),
    /// At the agent's own devices.
    Rings(Outgoing),
    /// At the contact's telephone.
    Calls(Contacted),
}

/// Whose call it is.
enum Whose {
    Agents(Own),
    /// Whom the house calls before an agent is asked.
    Contacts(CalledFirst),
    Nobodys,
}

impl Begins {
    fn leg(&self) -> LegId {
        match self {
            Begins::AtTheDoor(incoming) => incoming.leg,
            Begins::Rings(wanted) => wanted.leg,
            Begins::Calls(wanted) => wanted.leg,
        }
    }

    fn parties(&self) -> (&Party, &Party) {
        match self {
            Begins::AtTheDoor(IncomingCall { from, to, .. }) | Begins::Rings(Outgoing { from, to, .. }) => (from, to),
            // To the flow they are who calls.
            Begins::Calls(Contacted { from, to, .. }) => (to, from),
        }
    }
}

type Door = (Begins, mpsc::Sender<CallInput>, mpsc::Receiver<CallInput>);

async fn open(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    door: Door,
    (wanted, turn): (&Wanted, Option<Turn>),
    target: Target,
) -> Result<CallId, NotMade> {
    let flow = flow(&target, matches!(door.0, Begins::Rings(_)))?;
    let now = desks.clock.now();
    let mut ids = Ids::seeded(seeds.lock().unwrap_or_else(PoisonError::into_inner).bits());
    let own = Own {
        leg: door.0.leg(),
        agent: wanted.agent,
        queue: wanted.queue,
        work_item: turn.map_or_else(|| ids.next(now), |turn| turn.work_item),
        part: turn.map_or_else(|| ids.next(now), |turn| turn.offer),
        turn: turn.is_some(),
        picked_up: false,
        started: None,
        answered: false,
        turned: false,
    };
    run(desks, rows, seeds, door, wanted.queue, (flow, Language::default()), Whose::Agents(own)).await
}

async fn run(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    (begins, inbox, inputs): Door,
    queue: Option<QueueId>,
    (flow, language): (Flow, Language),
    whose: Whose,
) -> Result<CallId, NotMade> {
    let now = desks.clock.now();
    let fresh = || Ids::seeded(seeds.lock().unwrap_or_else(PoisonError::into_inner).bits());
    let mut ids = fresh();
    let (id, conversation): (CallId, _) = (ids.next(now), ids.next(now));
    let queues = match &whose {
        // Who is called back is not offered to be called back.
        Whose::Contacts(_) => {
            Arc::new(rows.waiting().iter().map(|(id, own)| (*id, Waiting { callback: None, ..*own })).collect())
        }
        Whose::Agents(_) | Whose::Nobodys => rows.waiting(),
    };
    let context = Context {
        ids: fresh(),
        language,
        caller: begins.parties().0.clone(),
        called: begins.parties().1.clone(),
        prompts: Arc::new(ringdesk_tts::texts(language)),
        queues,
        ruled: false,
    };
    let (operations, account) = desks.dialling.house();
    let emergency = desks.dialling.is_emergency(begins.parties().1.number.reveal());
    let rule = match emergency {
        // It waits for no disk, and for no row.
        true => RecordingRule { policy: RecordingPolicy::BestEffort, ..rows.recording_rule() },
        false => {
            let queues = operations.queue_recording_rules(account).await?;
            queue.and_then(|queue| queues.get(&queue).copied()).unwrap_or_else(|| rows.recording_rule())
        }
    };
    let (queues, announcing) = (Arc::new(BTreeMap::new()), Arc::default());
    desks.recordings.expect(id, Expected { conversation, rule, queues, language, announcing });
    desks.journal.put(Entry::OpenedByAgent(id, conversation)).await;
    if let Whose::Agents(own) = &whose {
        desks.own(id, own.work_item, own.turn.then_some(own.part));
    }
    let (rooms, call) = match begins {
        Begins::AtTheDoor(incoming) => {
            let rooms = CallRooms::new(desks.clone(), id, inbox, Some(incoming.leg));
            let call = Call::incoming(now, ids, incoming, desks.calls());
            (rooms, if let Whose::Agents(own) = &whose { call.of_agent(own.agent()) } else { call })
        }
        Begins::Rings(wanted) => {
            (CallRooms::new(desks.clone(), id, inbox, None), Call::outgoing(now, ids, wanted, desks.calls()))
        }
        Begins::Calls(wanted) => {
            (CallRooms::new(desks.clone(), id, inbox, None), Call::to_contact(now, ids, wanted, desks.calls()))
        }
    };
    let rooms = match whose {
        Whose::Agents(own) => rooms.of_agent(own),
        Whose::Contacts(called) => rooms.of_contact(called),
        Whose::Nobodys => rooms,
    };
    let (desk, pulse) =
        (CallDesk::new(now, id, call, Run::start(now, Arc::new(flow), context)), Arc::new(Pulse::default()));
    let task = tokio::spawn(run_call(desk, inputs, rooms, pulse.clone(), desks.clock));
    desks.watchdog.watch(id, now, pulse, task.abort_handle());
    tokio::spawn(watch(desks.clone(), id, task));
    Ok(id)
}

/// Dial, and hang up with its cause when nobody is reached.
fn flow(target: &Target, answers: bool) -> Result<Flow, NotMade> {
    let dial = serde_json::json!({ "kind": "dial", "target": target, "ring_for_ms": RINGS.as_millis() as u64 });
    let steps = match answers {
        true => serde_json::json!({ "agent": { "kind": "answer", "next": "dial" }, "dial": dial }),
        false => serde_json::json!({ "dial": dial }),
    };
    let start = if answers { "agent" } else { "dial" };
    let document = serde_json::json!({ "name": "an agent's own call", "start": start, "steps": steps });
    Flow::parse(&document.to_string()).map_err(|_| NotMade::Unknown)
}

/// In the words of a telephone.
pub(crate) fn cause(why: NotMade) -> Cause {
    match why {
        NotMade::Forbidden => Cause::Forbidden,
        NotMade::Unknown => Cause::NotFound,
        NotMade::NoTelephone | NotMade::NoDevice => Cause::Unreachable,
        NotMade::Failed => Cause::InternalFailure,
    }
}
