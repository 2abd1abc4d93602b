//! What a visitor's page says: texts within the limits, how far they have read, that they type; and what it is answered where it may not.

use super::{End, TYPING, VisitorsPage, broken};
use crate::typing::{Typed, Typist};
use axum::extract::ws::WebSocket;
use ringdesk_channels::web::{self, Frame, Written};
use ringdesk_conversations::reply_in;
use ringdesk_model::{Clock as _, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::texts::InboundText;
use ringdesk_operations::visitors::Visit;
use serde_json::json;
use std::time::Duration;

impl VisitorsPage {
    pub(super) async fn heard(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), End> {
        let (now, operations) = (self.gateway.clock.now(), self.gateway.operations.clone());
        match web::read(text) {
            Err((id, why)) => self.refuse(socket, id, why.code(), None).await,
            // Who it is was said.
            Ok(Frame::Hello(_)) => Ok(()),
            Ok(Frame::Send(written)) => self.take(socket, written).await,
            Ok(Frame::Resume { after }) => {
                self.told = self.told.min(after.max(0));
                self.lines(socket).await
            }
            Ok(Frame::Typing) => {
                self.typing(now).await;
                Ok(())
            }
            Ok(Frame::Cursor { delivered, read }) => {
                // What could not be kept is said again with the next text.
                let kept = operations.visitor_read(now, &self.visitor, (delivered, read)).await;
                self.gateway.feeds.look();
                kept.map_err(|_| broken())
            }
            Ok(Frame::Rate(said)) => self.rate(socket, said).await,
            Ok(Frame::Call { id }) => self.call(socket, id).await,
            Ok(Frame::Recall { seq }) => match operations.visitor_recall(now, &self.visitor, seq).await {
                Ok(()) => {
                    self.gateway.feeds.look();
                    self.news(socket).await
                }
                Err(OperationError::Store(_)) => Err(broken()),
                Err(_) => self.refuse(socket, None, "recall", None).await,
            },
        }
    }

    /// A text: within the limits it is stored, acknowledged, and told to every page of theirs.
    pub(super) async fn take(&mut self, socket: &mut WebSocket, written: Written) -> Result<(), End> {
        let now = self.gateway.clock.now();
        let (limits, id) = (&self.gateway.visitors, written.id);
        let rates = limits.rates;
        let (inbox, of) = (self.site.inbox, &self.site.rates);
        let of_visitor = of.contact.map_or(rates.texts_of_visitor, Into::into);
        let of_address = of.address.map_or(rates.texts_of_address, Into::into);
        let allowed = limits
            .take(now, &format!("texts of visitor {}", self.visitor.id), of_visitor)
            .and_then(|()| limits.take(now, &format!("texts of {} at {inbox}", self.address), of_address))
            .and_then(|()| limits.take(now, &format!("texts at {inbox}"), rates.texts_of_inbox));
        if let Err(wait) = allowed {
            let reply = reply_in(&of.reply, self.reads()).map(str::to_owned);
            return self.refuse_saying(socket, Some(id), "too_fast", (Some(wait), reply)).await;
        }
        let inbound = InboundText {
            // Another visitor's texts have other names, whatever their pages call them.
            name: format!("{}:{id}", self.visitor.id),
            address: self.visitor.address(),
            contact_name: written.name,
            text: written.text,
            files: written.files,
            visit: Some(Visit { reach: written.reach, ..self.visit.clone() }),
        };
        let account = self.site.account;
        let taken = match self.gateway.operations.receive_text(now, account, inbox, &inbound).await {
            Ok(taken) => taken,
            Err(OperationError::KeptOut) => return self.refuse(socket, Some(id), "kept_out", None).await,
            Err(OperationError::Held) => return self.hold(socket, id).await,
            Err(OperationError::Filtered(reply)) => {
                self.gateway.feeds.look();
                let reply = reply_in(&reply, self.reads()).map(str::to_owned);
                return self.refuse_saying(socket, Some(id), "refused", (None, reply)).await;
            }
            Err(OperationError::NotFound("file")) => return self.refuse(socket, Some(id), "file", None).await,
            Err(OperationError::NotFound(_)) => return self.refuse(socket, Some(id), "closed", None).await,
            Err(OperationError::Refused(_)) => return self.refuse(socket, Some(id), "field", None).await,
            Err(fault) => {
                tracing::warn!(%fault, "a visitor's text could not be stored");
                return Err(broken());
            }
        };
        self.gateway.orders.texts_changed();
        self.gateway.feeds.look();
        let ack = json!({
            "t": "ack", "id": id, "conversation": taken.conversation, "seq": taken.seq, "at": taken.at.as_millis()
        });
        self.send(socket, ack).await?;
        self.news(socket).await
    }

    pub(super) async fn typing(&mut self, now: Timestamp) {
        let Some(conversation) = self.at.filter(|_| now.since(self.typed_at) >= TYPING) else { return };
        self.typed_at = now;
        // Whoever has taken it a moment ago is told, too.
        if self.agent.is_none() {
            self.agent = self.gateway.operations.in_hand_of(self.site.account, conversation).await.unwrap_or(None);
        }
        if let Some(agent) = self.agent {
            let typed = Typed { conversation, by: Typist::Contact(agent) };
            self.gateway.feeds.typed(self.site.account, &typed);
        }
    }

    pub(super) async fn refuse(
        &self,
        socket: &mut WebSocket,
        id: Option<String>,
        reason: &'static str,
        wait: Option<Duration>,
    ) -> Result<(), End> {
        self.refuse_saying(socket, id, reason, (wait, None)).await
    }

    /// It stands in no conversation until somebody has looked at it.
    pub(super) async fn hold(&self, socket: &mut WebSocket, id: String) -> Result<(), End> {
        self.gateway.turned_away.count(&self.gateway, self.site.account, self.site.inbox, "held");
        self.gateway.feeds.look();
        self.send(socket, json!({ "t": "held", "id": id })).await
    }

    /// `reply`: what the inbox says to it in its own words.
    pub(super) async fn refuse_saying(
        &self,
        socket: &mut WebSocket,
        id: Option<String>,
        reason: &'static str,
        (wait, reply): (Option<Duration>, Option<String>),
    ) -> Result<(), End> {
        metrics::counter!("widget_refused_total", "reason" => reason).increment(1);
        if matches!(reason, "too_fast" | "kept_out" | "refused") {
            self.gateway.turned_away.count(&self.gateway, self.site.account, self.site.inbox, reason);
        }
        let wait = wait.map(|wait| wait.as_millis() as u64);
        let told = json!({ "t": "refused", "id": id, "reason": reason, "after_ms": wait, "text": reply });
        self.send(socket, told).await
    }

    /// The language they read: the inbox's, where it says one.
    pub(super) fn reads(&self) -> Option<&str> {
        self.site.site.language.as_deref().or(self.visit.language.as_deref())
    }
}
