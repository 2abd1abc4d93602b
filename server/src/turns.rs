//! Callers who hang up and keep their place: it is written down, routing is told, and when their turn comes a call is made for the
//! agent whom routing asks: their own telephone rings first, then the contact's, through the one gate for calls to the outside.

use crate::desk::Desks;
use crate::outbound::{self, NotMade, Wanted};
use crate::tasks::rows::Rows;
use ringdesk_conversations::mask_number;
use ringdesk_model::{CallId, Clock as _, Ids, OfferId, WorkItemId};
use ringdesk_operations::kept_places::{Promised, WaitingPlace, WantsCallback};
use ringdesk_operations::place_hours::{self, NextOpening};
use ringdesk_routing::Treatment;
use ringdesk_switchboard::{AccountInput, KeptPlace, Turn, TurnNews};
use ringdesk_voice::{Answer, CallBackRequest, OfferOutcome, Opening, OpeningDay, Target};
use std::sync::{Arc, Mutex};

/// Write it down that somebody is called back, if they can be.
pub(crate) async fn keep_place(
    desks: &Arc<Desks>,
    call: CallId,
    request: CallBackRequest,
    treatment: Treatment,
) -> Answer {
    let CallBackRequest { work_item, priority, number, own } = request;
    // Nobody types in whom we are to ring in our name: no emergency, no telephone of ours.
    let may_be_called = match outbound::target(desks, &number).await {
        Ok(Target::Number(_)) => !desks.dialling.is_emergency(number.reveal()),
        Ok(_) => own,
        Err(_) => false,
    };
    if !may_be_called {
        return Answer::Failed;
    }
    let (operations, account) = desks.dialling.house();
    let wanted = WantsCallback { call, work_item, number, priority, treatment };
    match operations.keep_place(desks.clock.now(), account, wanted).await {
        Ok(Some(Promised { place, opens: None })) => {
            let place = KeptPlace { in_place_of: Some(work_item), ..for_routing(place) };
            let _ = desks.account.send(AccountInput::PlaceKept(place)).await; // the house is ending
            Answer::Done
        }
        // Routing hears of it when it opens.
        Ok(Some(Promised { opens: Some(NextOpening { day, date, time, .. }), .. })) => {
            let day = match day {
                place_hours::OpeningDay::Today => OpeningDay::Today,
                place_hours::OpeningDay::Tomorrow => OpeningDay::Tomorrow,
                place_hours::OpeningDay::Later => OpeningDay::Later,
            };
            Answer::CallsLater(Opening { day, date, time })
        }
        Ok(None) => Answer::Failed,
        Err(fault) => {
            tracing::error!(call.id = %call, %fault, "a place could not be kept; the caller goes on waiting");
            Answer::Failed
        }
    }
}

pub(crate) fn for_routing(place: WaitingPlace) -> KeptPlace {
    let WaitingPlace { callback, work_item, conversation, queue, priority, enqueued_at, treatment } = place;
    KeptPlace { callback, work_item, conversation, queue, priority, enqueued_at, treatment, in_place_of: None }
}

/// Ring the agent whose turn it is.
pub(crate) async fn begin(desks: &Arc<Desks>, rows: &Rows, seeds: &Mutex<Ids>, turn: Turn) {
    if let Err(why) = ring(desks, rows, seeds, turn).await {
        tracing::info!(offer.id = %turn.offer, %why, "nobody was rung to call somebody back");
        let outcome = match why {
            NotMade::NoTelephone | NotMade::NoDevice => OfferOutcome::Unreachable,
            NotMade::Forbidden | NotMade::Unknown | NotMade::Failed => OfferOutcome::Failed,
        };
        let _ = desks.account.send(AccountInput::Turn(turn.offer, TurnNews::NotMade(outcome))).await;
    }
}

async fn ring(desks: &Arc<Desks>, rows: &Rows, seeds: &Mutex<Ids>, turn: Turn) -> Result<CallId, NotMade> {
    let (operations, account) = desks.dialling.house();
    let call = operations.call_for_place(account, turn.work_item, turn.agent).await?.ok_or(NotMade::Failed)?;
    let wanted = Wanted {
        agent: turn.agent,
        extension: call.extension,
        shown: mask_number(call.number.reveal()),
        dialled: call.number,
        caller_id: call.caller_id,
        queue: Some(turn.queue),
        device: None,
    };
    outbound::take_turn(desks, rows, seeds, wanted, turn).await
}

/// The agent has picked up.
pub(crate) async fn taken(desks: &Arc<Desks>, call: CallId, offer: OfferId, work_item: WorkItemId) {
    let _ = desks.account.send(AccountInput::Turn(offer, TurnNews::Taken)).await; // the house is ending
    let desks = desks.clone();
    // The call waits for no store. A server that dies before it is written calls the contact once more.
    tokio::spawn(async move {
        let (operations, account) = desks.dialling.house();
        if let Err(fault) = operations.place_taken(desks.clock.now(), account, work_item, call).await {
            tracing::error!(call.id = %call, %fault, "it is not written down that somebody is being called back");
        }
    });
}
