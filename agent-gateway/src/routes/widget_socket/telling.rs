//! What a visitor's page is told: what it lacks of its conversation, from the rows, and where they stand in the queue.

use super::{End, VisitorsPage, broken};
use crate::routes::widget::attended;
use crate::routes::widget_lines::shown;
use axum::extract::ws::WebSocket;
use ringdesk_model::Clock as _;
use ringdesk_operations::visitors::{PlaceInQueue, VisitorMatter};
use serde_json::json;

impl VisitorsPage {
    /// Where the page's number fits the conversation; then everything there is.
    pub(super) async fn welcome(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let matter = self.matter().await?;
        if self.at != matter.map(|m| m.conversation) || matter.is_none_or(|m| self.told > m.last_seq) {
            self.told = 0;
        }
        self.at = matter.map(|m| m.conversation);
        self.seen = matter.map_or(0, |m| m.cursors.seen);
        let greeting = json!({
            "t": "welcome", "conversation": self.at, "after": self.told, "closed": matter.is_some_and(|m| m.closed),
            "seen": self.seen, "attended": attended(&self.gateway, &self.site)
        });
        self.send(socket, greeting).await?;
        self.lines(socket).await?;
        self.asked = None;
        if matter.is_some_and(|m| m.closed) { self.say_survey(socket).await } else { Ok(()) }
    }

    /// Something happened: what the page lacks.
    pub(super) async fn news(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(matter) = self.matter().await? else { return Ok(()) };
        if self.at != Some(matter.conversation) {
            (self.at, self.told, self.seen) = (Some(matter.conversation), 0, 0);
            self.send(socket, json!({ "t": "conversation", "conversation": matter.conversation })).await?;
        }
        if matter.last_seq > self.told {
            self.lines(socket).await?;
        }
        if matter.cursors.seen > self.seen {
            self.seen = matter.cursors.seen;
            self.send(socket, json!({ "t": "seen", "seq": self.seen })).await?;
        }
        if matter.closed { self.say_survey(socket).await } else { Ok(()) }
    }

    /// Everything after what the page has, page by page.
    pub(super) async fn lines(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.at else { return Ok(()) };
        let account = self.site.account;
        loop {
            let page = self.gateway.operations.visitor_lines(account, conversation, self.told).await;
            let page = page.map_err(|_| broken())?;
            if page.is_empty() {
                return Ok(());
            }
            let (now, last) = (self.gateway.clock.now(), page.last().map_or(self.told, |line| line.seq));
            let files = self.gateway.operations.visitor_files(now, account, conversation, (self.told, last)).await;
            let files = files.map_err(|_| broken())?;
            for line in page {
                let mut shown = shown(conversation, &line, &files);
                if let Some(of) = shown["of"].as_i64().filter(|_| shown["kind"] == "edited") {
                    let now_says = self.gateway.operations.visitor_lines(account, conversation, of - 1).await;
                    let now_says = now_says.map_err(|_| broken())?.into_iter().next().filter(|one| one.seq == of);
                    shown["text"] = now_says.map(|one| one.text.into_inner()).into();
                }
                self.send(socket, shown).await?;
                self.told = line.seq;
            }
        }
    }

    /// Who waits is told where they stand, when it is another place than before; an estimate never grows.
    pub(super) async fn say_place(&mut self, socket: &mut WebSocket) -> Result<(), End> {
        let Some(conversation) = self.at else { return Ok(()) };
        let now = self.gateway.clock.now();
        let of = (self.site.account, conversation);
        let Ok(standing) = self.gateway.standings.of(&self.gateway.operations, now, of).await else { return Ok(()) };
        self.agent = standing.agent;
        let place = standing.place;
        let place = place.map(|new| match self.place {
            Some(old) => PlaceInQueue { estimate: new.estimate.min(old.estimate.or(new.estimate)), ..new },
            None => new,
        });
        if place != self.place {
            self.place = place;
            let (position, wait) = (place.map(|p| p.position), place.and_then(|p| p.estimate).map(|e| e.as_secs()));
            self.send(socket, json!({ "t": "queue", "position": position, "estimate_s": wait })).await?;
        }
        Ok(())
    }

    pub(super) async fn matter(&self) -> Result<Option<VisitorMatter>, End> {
        self.gateway.operations.visitor_matter(&self.visitor).await.map_err(|_| broken())
    }
}
