//! Whom a transfer means, and how a leg changes calls: questions of a call that the house answers.

use crate::desk::Desks;
use ringdesk_model::{Actor, AgentId, CallId, Clock as _, FlowId, Pii};
use ringdesk_operations::OperationError;
use ringdesk_operations::whom::Meant;
use ringdesk_switchboard::CallInput;
use ringdesk_voice::{Answer, CallOrder, LegId, Outcome, Target, TransferOutcome, TransferTo};
use tokio::sync::mpsc;

/// Figures of the shortest number that is not one of a house.
const SHORTEST: usize = 6;

/// Read it as if it had been dialled.
pub(crate) async fn whom(desks: &Desks, to: TransferTo, by: Option<AgentId>) -> Answer {
    match meant(desks, to, by).await {
        Ok(answer) => answer,
        Err(fault) => {
            tracing::error!(%fault, "whom a transfer means could not be read");
            Answer::Failed
        }
    }
}

async fn meant(desks: &Desks, to: TransferTo, by: Option<AgentId>) -> Result<Answer, OperationError> {
    let (operations, account) = desks.dialling.house();
    let nobody = || Answer::NotTo(TransferOutcome::Unreachable);
    let found = match to {
        TransferTo::Agent(agent) => {
            let there = operations.extension_of(account, agent).await?.is_some_and(|extension| !extension.is_empty());
            there.then_some(TransferTo::Agent(agent))
        }
        TransferTo::Supervisor => operations.supervisor_on_duty(account, by).await?.map(TransferTo::Agent),
        TransferTo::Queue(queue) => operations.is_queue(account, queue).await?.then_some(TransferTo::Queue(queue)),
        TransferTo::Flow(flow) => operations.published_flow(account, flow).await?.map(|_| TransferTo::Flow(flow)),
        TransferTo::Extension(extension) => match operations.dialled_inside(account, &extension).await? {
            Some(Meant::Agent(agent)) => Some(TransferTo::Agent(agent)),
            Some(Meant::Extension(extension)) => Some(TransferTo::Extension(extension)),
            // A telephone says of everything that it is an extension (REFER).
            Some(Meant::Flow(_)) | None => {
                // Of what is as short as an extension nobody is told that it is shut: there is none.
                let short = extension.len() < SHORTEST;
                return Ok(match number(desks, Pii::new(extension)).await? {
                    Answer::NotTo(_) if short => nobody(),
                    answer => answer,
                });
            }
        },
        TransferTo::Number(dialled) => return number(desks, dialled).await,
    };
    Ok(match found {
        // Whoever asks for themselves asks nobody.
        Some(TransferTo::Agent(agent)) if Some(agent) == by => nobody(),
        Some(to) => Answer::To(to),
        None => nobody(),
    })
}

/// Ours before the outside: an extension, a number that a flow answers, then what may be dialled.
async fn number(desks: &Desks, dialled: Pii<String>) -> Result<Answer, OperationError> {
    let (operations, account) = desks.dialling.house();
    Ok(match operations.dialled_inside(account, dialled.reveal()).await? {
        Some(Meant::Agent(agent)) => Answer::To(TransferTo::Agent(agent)),
        Some(Meant::Extension(extension)) => Answer::To(TransferTo::Extension(extension)),
        Some(Meant::Flow(flow)) => Answer::To(TransferTo::Flow(flow)),
        None => match desks.dialling.is_open(&Target::Number(dialled.clone())) {
            true => Answer::To(TransferTo::Number(dialled)),
            false => Answer::NotTo(TransferOutcome::Forbidden),
        },
    })
}

pub(crate) async fn program(desks: &Desks, flow: FlowId) -> Answer {
    let (operations, account) = desks.dialling.house();
    match operations.published_flow(account, flow).await {
        Ok(Some(program)) => Answer::Program(program),
        Ok(None) => Answer::Failed,
        Err(fault) => {
            tracing::error!(%fault, "a flow could not be read");
            Answer::Failed
        }
    }
}

/// Have the call that owns this leg let go of whom it talks to, and send their events here from now on.
pub(crate) async fn adopt(desks: &Desks, asker: CallId, inbox: mpsc::Sender<CallInput>, leg: LegId) -> Answer {
    let order = desks.recordings.operations.id(desks.clock.now());
    let Some(owner) = desks.of_leg(leg).filter(|owner| !owner.same_channel(&inbox)) else { return Answer::Failed };
    match desks.order_to(owner, order, Actor::System, CallOrder::Release { leg }).await {
        Some(Outcome::Released { leg, interface, profile, extension }) => {
            desks.add_leg(leg, inbox);
            let (operations, account) = desks.dialling.house();
            let agent = match extension {
                Some(extension) => operations.agent_of_extension(account, &extension).await.unwrap_or_else(|fault| {
                    tracing::error!(%fault, "whose telephone it is could not be read");
                    None
                }),
                None => None,
            };
            Answer::Adopted { leg, interface, profile, agent }
        }
        refused => {
            tracing::warn!(call.id = %asker, ?refused, "a leg of another call could not be taken over");
            Answer::Failed
        }
    }
}
