//! A visitor calls: their page is given a ticket, which lets exactly one SIP call over WebSocket in, to the number that the inbox names
//! and to nobody else (docs/web-chat.md). How the call stands is told as long as it lasts.

use super::{End, VisitorsPage, broken};
use crate::orders::OrderRefused;
use crate::turn::TurnCredentials;
use axum::extract::ws::WebSocket;
use ringdesk_model::{Clock as _, ConversationId, Pii};
use ringdesk_operations::visitor_calls::VisitorCallState;
use ringdesk_operations::{OperationError, secrets};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a page may take from its ticket to its call.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// A call that a page was let in to make.
pub(super) struct Calling {
    conversation: ConversationId,
    /// What the page was told last.
    told: Value,
}

impl VisitorsPage {
    /// A ticket, or why there is none.
    pub(super) async fn call(&mut self, socket: &mut WebSocket, id: String) -> Result<(), End> {
        let (now, limits) = (self.gateway.clock.now(), &self.gateway.visitors);
        let rates = limits.rates;
        let allowed = limits
            .take(now, &format!("calls of visitor {}", self.visitor.id), rates.calls_of_visitor)
            .and_then(|()| limits.take(now, &format!("calls of {}", self.address), rates.calls_of_address))
            .and_then(|()| limits.take(now, &format!("calls at {}", self.site.inbox), rates.calls_of_inbox));
        if let Err(wait) = allowed {
            return self.refuse(socket, Some(id), "too_fast", Some(wait)).await;
        }
        // As it is by now: this page may have been open for hours.
        match self.gateway.operations.site(now, self.site.inbox).await {
            Ok(Some(site)) => self.site = site,
            Ok(None) => return self.refuse(socket, Some(id), "no_calls", None).await,
            Err(_) => return Err(broken()),
        }
        if self.site.site.calls.is_some() && !self.site.open {
            return self.refuse(socket, Some(id), "not_open", None).await;
        }
        let begun = self.gateway.operations.begin_visitor_call(now, &self.site, &self.visitor, &self.visit).await;
        let call = match begun {
            Ok(call) => call,
            Err(OperationError::NotFound(_)) => return self.refuse(socket, Some(id), "no_calls", None).await,
            Err(OperationError::KeptOut) => return self.refuse(socket, Some(id), "kept_out", None).await,
            Err(fault) => {
                tracing::warn!(%fault, "a visitor could not be let in to call");
                return Err(broken());
            }
        };
        let ticket = secrets::token().map_err(|_| broken())?;
        let conversation = call.conversation;
        let expected = self.gateway.orders.expect_visitor(Pii::new(ticket.clone()), now + GOOD_FOR, call);
        match expected.await {
            Ok(()) => {}
            Err(OrderRefused::Busy) => return self.refuse(socket, Some(id), "busy", None).await,
            Err(OrderRefused::Refused(_) | OrderRefused::InHand(_)) => {
                return self.refuse(socket, Some(id), "no_calls", None).await;
            }
        }
        self.calling = Some(Calling { conversation, told: Value::Null });
        let ice = self.gateway.turn.as_ref().map(|turn| {
            let TurnCredentials { username, credential, .. } = turn.credentials(now, &self.visitor.id.to_string());
            json!({ "urls": turn.urls(), "username": username, "credential": credential })
        });
        let granted = json!({
            "t": "call", "id": id, "ticket": ticket, "good_for_ms": GOOD_FOR.as_millis() as u64, "ice": ice
        });
        self.send(socket, granted).await
    }

    /// The conversation of their call, as long as it lasts.
    pub(super) fn calls_in(&self) -> Option<ConversationId> {
        self.calling.as_ref().map(|calling| calling.conversation)
    }

    /// How their call stands, when it stands otherwise than before.
    pub(super) async fn say_call(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.calls_in() else { return Ok(()) };
        let now = self.gateway.clock.now();
        // A store that is away for a moment says nothing.
        let Ok(Some(state)) = self.gateway.operations.visitor_call(now, &self.visitor, conversation).await else {
            return Ok(());
        };
        let is_over = state == VisitorCallState::Over;
        let frame = shown(state);
        if let Some(calling) = self.calling.as_mut().filter(|calling| calling.told != frame) {
            calling.told = frame.clone();
            self.send(socket, frame).await?;
        }
        if is_over {
            self.calling = None;
        }
        Ok(())
    }
}

fn shown(state: VisitorCallState) -> Value {
    match state {
        VisitorCallState::Answered => json!({ "t": "call_state", "state": "answered" }),
        VisitorCallState::Waiting(place) => json!({
            "t": "call_state", "state": "waiting", "position": place.map(|place| place.position),
            "estimate_s": place.and_then(|place| place.estimate).map(|wait| wait.as_secs())
        }),
        VisitorCallState::Talking(name) => json!({ "t": "call_state", "state": "talking", "name": name }),
        VisitorCallState::Over => json!({ "t": "call_state", "state": "over" }),
    }
}
