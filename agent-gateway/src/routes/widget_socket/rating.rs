//! What a visitor is asked when their conversation is over, and what they answer.

use super::{End, VisitorsPage, broken};
use axum::extract::ws::WebSocket;
use ringdesk_channels::web::Rated;
use ringdesk_conversations::{Aspect, rating};
use ringdesk_model::Clock as _;
use ringdesk_operations::OperationError;
use serde_json::json;
use std::collections::BTreeMap;

impl VisitorsPage {
    /// Ask, where something may be answered that the page does not show yet.
    pub(super) async fn say_survey(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.at else { return Ok(()) };
        let now = self.gateway.clock.now();
        let asked = self.gateway.operations.invitation(now, self.site.account, conversation).await;
        let Some(asked) = asked.map_err(|_| broken())? else { return Ok(()) };
        let given = asked.given;
        let aspects = given.as_ref().map(|given| given.aspects.clone()).unwrap_or_default();
        let words = given.as_ref().and_then(|given| given.words.as_ref()).map(|words| words.reveal().clone());
        let frame = json!({
            "t": "survey", "conversation": conversation, "until": asked.until.as_millis(), "aspects": asked.survey.aspects,
            "words": asked.survey.words, "question": asked.survey.question,
            "given": given.map(|given| json!({ "stars": given.stars, "aspects": aspects, "words": words }))
        });
        if self.asked.as_ref() != Some(&frame) {
            self.asked = Some(frame.clone());
            self.send(socket, frame).await?;
        }
        Ok(())
    }

    /// They answer; the page is shown what is kept.
    pub(super) async fn rate(&mut self, socket: &mut WebSocket, said: Rated) -> Result<(), End> {
        let now = self.gateway.clock.now();
        let (limits, rate) = (&self.gateway.visitors, self.gateway.visitors.rates.texts_of_visitor);
        if let Err(wait) = limits.take(now, &format!("ratings of visitor {}", self.visitor.id), rate) {
            return self.refuse(socket, None, "rate_too_fast", Some(wait)).await;
        }
        let aspects = said.aspects.iter().map(|(name, stars)| Some((Aspect::parse(name)?, *stars)));
        let aspects: Option<BTreeMap<Aspect, u8>> = aspects.collect();
        let words = said.words.as_ref().map(|words| words.reveal().as_str());
        let given = aspects.and_then(|aspects| rating(said.stars, aspects, words).ok());
        let Some(given) = given else { return self.refuse(socket, None, "rate", None).await };
        match self.gateway.operations.visitor_rates(now, &self.visitor, &given).await {
            Ok(()) => {
                self.gateway.feeds.look();
                self.news(socket).await
            }
            Err(OperationError::Store(_)) => Err(broken()),
            Err(_) => self.refuse(socket, None, "rate_over", None).await,
        }
    }
}
