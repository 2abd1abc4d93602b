//! The exchange: a call at the door gets a desk and a task; events find the call they belong to.

use crate::arrivals::connected;
use crate::call_rooms::CallRooms;
use crate::desk::Desks;
use crate::feature_codes::Service;
use crate::outbound;
use crate::recordings::Expected;
use crate::tasks::call::{INBOX, run_call};
use crate::tasks::journal::{Came, Entry};
use crate::tasks::phones::Changed;
use crate::tasks::rows::{Number, Rows};
use crate::tasks::watchdog::Pulse;
use crate::trunks::{self, Trunks};
use ringdesk_call_control::Call;
use ringdesk_ivr::{Context, Flow, Run};
use ringdesk_model::{Actor, AgentId, CallId, Clock, Full, Ids, Outlet};
use ringdesk_operations::visitor_calls::VisitorCall;
use ringdesk_signaling::{SignalingEvent, TrunkState};
use ringdesk_switchboard::{AccountInput, CallDesk, CallInput};
use ringdesk_voice::{
    CallEvent, CallOrder, Cause, EndedBy, IncomingCall, LegCommand, LegId, MediaEvent, Origin, Outcome, Party,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::mpsc;

/// Calls at the door that wait for a desk. When it is full signaling answers 503.
pub(crate) const DOOR: usize = 1_024;

/// The desks, once the rooms they need exist. Until then every event waits in its room.
pub(crate) type DesksSlot = Arc<OnceLock<Arc<Desks>>>;

/// A call that waits for its desk. What happens to its leg meanwhile waits in its inbox: a caller who leaves at once has left.
pub(crate) struct AtTheDoor {
    call: IncomingCall,
    inbox: mpsc::Sender<CallInput>,
    inputs: mpsc::Receiver<CallInput>,
}

impl AtTheDoor {
    pub(crate) fn leg(&self) -> LegId {
        self.call.leg
    }

    pub(crate) fn parts(self) -> (IncomingCall, mpsc::Sender<CallInput>, mpsc::Receiver<CallInput>) {
        (self.call, self.inbox, self.inputs)
    }
}

/// Where signaling reports to.
pub(crate) fn signaling_outlet(
    slot: DesksSlot,
    door: mpsc::Sender<AtTheDoor>,
    phones: Changed,
    trunks: Trunks,
) -> Outlet<SignalingEvent> {
    Outlet::new(move |event| match event {
        SignalingEvent::Incoming(call) => {
            let Some(desks) = slot.get() else { return Err(Full(SignalingEvent::Incoming(call))) };
            let (leg, (inbox, inputs)) = (call.leg, mpsc::channel(INBOX));
            desks.add_leg(leg, inbox.clone());
            door.try_send(AtTheDoor { call, inbox, inputs }).map_err(|e| {
                desks.forget_leg(leg);
                Full(SignalingEvent::Incoming(e.into_inner().call))
            })
        }
        SignalingEvent::Leg(leg, event) => {
            put(&slot, |d| d.of_leg(leg), CallInput::Leg(leg, event)).map_err(|e| match e {
                CallInput::Leg(leg, event) => Full(SignalingEvent::Leg(leg, event)),
                _ => unreachable!("what was put in comes back"),
            })
        }
        SignalingEvent::Registration { extension, bindings, .. } => {
            phones.put(extension, &bindings);
            Ok(())
        }
        SignalingEvent::Health { trunk, health } => {
            tracing::info!(%trunk, ?health, "trunk");
            trunks.put(trunks::Entry::Health(trunk, health));
            Ok(())
        }
        SignalingEvent::Trouble { trunk, why } => {
            tracing::warn!(%trunk, why = why.as_str(), "nothing gets through to the trunk");
            metrics::counter!("trunk_troubles_total", "trunk" => trunk.to_string(), "why" => why.as_str()).increment(1);
            trunks.put(trunks::Entry::Trouble(trunk, why));
            Ok(())
        }
        SignalingEvent::Noted(leg, note) => {
            trunks.put(trunks::Entry::Note(leg, note));
            Ok(())
        }
        SignalingEvent::Trunk { trunk, state } => {
            trunks.put(trunks::Entry::Registration(trunk, state));
            let stands = matches!(state, TrunkState::Registered { .. });
            metrics::gauge!("trunk_registered", "trunk" => trunk.to_string()).set(f64::from(u8::from(stands)));
            match state {
                TrunkState::Failed { status, .. } => {
                    tracing::warn!(%trunk, status, "the operator does not register us")
                }
                TrunkState::Registered { .. } | TrunkState::Left => tracing::info!(%trunk, ?state, "trunk"),
            }
            Ok(())
        }
    })
}

/// Where media reports to.
pub(crate) fn media_outlet(slot: DesksSlot) -> Outlet<(CallId, MediaEvent)> {
    Outlet::new(move |(call, event): (CallId, MediaEvent)| {
        let inbox = |desks: &Desks| desks.of_call(call);
        put(&slot, inbox, CallInput::Media(event)).map_err(|e| match e {
            CallInput::Media(event) => Full((call, event)),
            _ => unreachable!("what was put in comes back"),
        })
    })
}

/// Put an event into the inbox of its call. An event of a call that is over is nobody's.
fn put(
    slot: &DesksSlot,
    inbox: impl FnOnce(&Desks) -> Option<mpsc::Sender<CallInput>>,
    input: CallInput,
) -> Result<(), CallInput> {
    let Some(desks) = slot.get() else { return Err(input) };
    let Some(inbox) = inbox(desks) else { return Ok(()) };
    match inbox.try_send(input) {
        Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        Err(mpsc::error::TrySendError::Full(input)) => Err(input),
    }
}

/// Give every call at the door its desk.
pub(crate) async fn run_exchange(
    desks: Arc<Desks>,
    rows: Rows,
    mut door: mpsc::Receiver<AtTheDoor>,
    seeds: Arc<Mutex<Ids>>,
    calls: ringdesk_call_control::Config,
    service: Service,
) {
    desks.set_calls(calls);
    desks.set_rows(rows.clone());
    while let Some(mut waits) = door.recv().await {
        desks.clear_keys.calls(&waits.call);
        let site = match guest(&desks, &mut waits.call) {
            Ok(site) => site,
            Err(cause) => {
                refuse(&desks, waits.leg(), cause);
                continue;
            }
        };
        let ours = rows.number(waits.call.to.number.reveal()).filter(|_| waits.call.replaces.is_none());
        let Some(number) = ours else {
            let (desks, rows, seeds, service) = (desks.clone(), rows.clone(), seeds.clone(), service.clone());
            tokio::spawn(async move { not_ours(&desks, &rows, waits, &seeds, &service).await });
            continue;
        };
        let (flow, turned_away) = rows.flow_for(desks.clock.now(), &number, &waits.call);
        if let Some(why) = turned_away {
            let (desks, inbox) = (desks.clone(), number.inbox);
            tokio::spawn(async move {
                let (operations, account) = desks.dialling.house();
                if let Err(fault) = operations.turn_away(desks.clock.now(), account, &[(inbox, why, 1)]).await {
                    tracing::warn!(%fault, "that a call was turned away could not be kept");
                }
            });
        }
        open_desk(&desks, waits, site, (&number, flow), &seeds, calls).await;
    }
}

/// A visitor of a web site at the door calls the number of their site's inbox, whatever their page has dialled.
fn guest(desks: &Desks, call: &mut IncomingCall) -> Result<Option<VisitorCall>, Cause> {
    let Origin::Guest(ticket) = &call.origin else { return Ok(None) };
    let site = desks.guests.take(ticket).ok_or(Cause::NotFound)?;
    call.to = Party::number(site.number.clone());
    call.from.name = site.name.clone();
    Ok(Some(site))
}

/// No number of ours: an agent calls somebody from their telephone, or a telephone takes the place of another in a call.
async fn not_ours(desks: &Arc<Desks>, rows: &Rows, waits: AtTheDoor, seeds: &Mutex<Ids>, service: &Service) {
    let (leg, dialled) = (waits.call.leg, waits.call.to.number.clone());
    let Origin::Extension(extension) = waits.call.origin.clone() else { return refuse(desks, leg, Cause::NotFound) };
    let (operations, account) = desks.dialling.house();
    let emergency = desks.dialling.is_emergency(dialled.reveal());
    let agent = match operations.agent_of_extension(account, &extension).await {
        Ok(Some(agent)) => agent,
        _ if emergency => {
            if let Err(why) = outbound::emergency(desks, rows, seeds, waits).await {
                refuse(desks, leg, outbound::cause(why));
            }
            return;
        }
        Ok(None) => return refuse(desks, leg, Cause::Forbidden),
        Err(fault) => {
            tracing::error!(%fault, "whose telephone calls could not be read");
            return refuse(desks, leg, Cause::InternalFailure);
        }
    };
    if let Some(replaced) = waits.call.replaces {
        return replace(desks, agent, replaced, waits, service).await;
    }
    if let Some(code) = service.codes.read(dialled.reveal()).filter(|_| !emergency) {
        if let Err(why) = service.answer(desks, seeds, (agent, &extension), code, waits).await {
            refuse(desks, leg, outbound::cause(why));
        }
        return;
    }
    let (queue, caller_id) = operations.calls_out_as(account, agent, None, None).await.unwrap_or_default();
    let shown = String::new();
    let wanted = outbound::Wanted { agent, extension, dialled, caller_id, shown, queue, device: None };
    if let Err(why) = outbound::connect(desks, rows, seeds, waits, wanted).await {
        refuse(desks, leg, outbound::cause(why));
    }
}

/// A telephone takes the place of a colleague's in their call (RFC 3891), or has what rings there.
async fn replace(desks: &Arc<Desks>, agent: AgentId, replaced: LegId, waits: AtTheDoor, service: &Service) {
    let leg = waits.leg();
    let Some(call) = desks.call_of_leg(replaced) else { return refuse(desks, leg, Cause::NotFound) };
    let order = desks.recordings.operations.id(desks.clock.now());
    let asks = async {
        match desks.order(call, order, Actor::System, CallOrder::TakeUp { by: agent, leg: replaced }).await {
            Some(Outcome::Done) => true,
            Some(Outcome::RingsFor(colleague)) => service.picks_up(agent, Some(colleague)).await,
            _ => false,
        }
    };
    if connected(desks, agent, Some(call), waits, asks).await.is_err() {
        refuse(desks, leg, Cause::Unreachable);
    }
}

/// A call that gets no desk.
fn refuse(desks: &Desks, leg: LegId, cause: Cause) {
    desks.forget_leg(leg);
    desks.signaling.command(leg, LegCommand::Hangup { cause });
}

async fn open_desk(
    desks: &Arc<Desks>,
    waits: AtTheDoor,
    site: Option<VisitorCall>,
    (number, flow): (&Number, Arc<Flow>),
    seeds: &Mutex<Ids>,
    calls: ringdesk_call_control::Config,
) {
    let AtTheDoor { call: incoming, inbox, inputs } = waits;
    let now = desks.clock.now();
    let fresh = || Ids::seeded(seeds.lock().unwrap_or_else(PoisonError::into_inner).bits());
    let (mut ids, leg) = (fresh(), incoming.leg);
    let id: CallId = ids.next(now);
    let context = Context {
        ids: fresh(),
        language: number.language,
        caller: incoming.from.clone(),
        called: incoming.to.clone(),
        prompts: number.prompts.clone(),
        queues: desks.rows().map(Rows::waiting).unwrap_or_default(),
        ruled: desks.rows().is_some_and(Rows::rules_callers),
    };
    let conversation = site.as_ref().map_or_else(|| ids.next(now), |site| site.conversation);
    let known_by = site.as_ref().map(|site| site.identity.clone());
    let (language, announcing) = (number.language, number.announcing.clone());
    let (rule, queues) = (number.recording, number.queues.clone());
    let expected = Expected { conversation, rule, queues, language, announcing };
    let recorded = expected.may_be_required();
    desks.recordings.expect(id, expected);
    let demo = desks.busy.opened(&incoming.sip_call_id, id, conversation);
    let came = match site {
        Some(site) => Came::Site(Box::new(site)),
        None if demo => Came::Demo,
        None => Came::Dialled,
    };
    desks.journal.put(Entry::Opened(id, conversation, number.inbox, came)).await;
    let flow = Run::start(now, flow, context);
    let call = Call::incoming(now, ids, incoming, ringdesk_call_control::Config { recorded, ..calls });
    let rooms = CallRooms::new(desks.clone(), id, inbox, Some(leg)).known_by(known_by).coming_in(conversation);
    let (desk, pulse) = (CallDesk::new(now, id, call, flow), Arc::new(Pulse::default()));
    let task = tokio::spawn(run_call(desk, inputs, rooms, pulse.clone(), desks.clock));
    desks.watchdog.watch(id, now, pulse, task.abort_handle());
    tokio::spawn(watch(desks.clone(), id, task));
}

/// A panic ends one call, never the server, and the call's end is still recorded.
pub(crate) async fn watch(desks: Arc<Desks>, call: CallId, task: tokio::task::JoinHandle<()>) {
    let failed = task.await.is_err();
    desks.watchdog.forget(call);
    if failed {
        tracing::error!(call.id = %call, "a call's task failed; its legs were hung up");
        let event = CallEvent::Ended { cause: Cause::InternalFailure, by: EndedBy::System };
        desks.journal.put(Entry::Call(call, desks.clock.now(), event.clone())).await;
        let _ = desks.account.send(AccountInput::Observed(call, event)).await;
    }
}
