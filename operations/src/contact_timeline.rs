//! Everything there was with a contact, over all channels, in the order of time.

use crate::contact_files::seen;
use crate::{OperationError, Operations};
use ringdesk_language::search::mask;
use ringdesk_model::{ContactId, Pii, Scope, Timestamp};
use ringdesk_storage::contact_timeline::{self, Line};
use ringdesk_storage::tickets::Sight;
use uuid::Uuid;

/// The longest page.
const PAGE: i64 = 100;

/// Which tickets a reader sees on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketSight {
    All,
    /// Their own, and those of their departments.
    Own,
    None,
}

impl Operations {
    /// Newest first: conversations that the reader may see, and tickets. `before`: the last line of the page before. Numbers in
    /// what colleagues wrote are hidden from readers without the right to them.
    pub async fn contact_timeline(
        &self,
        scope: &Scope,
        tickets: TicketSight,
        contact: ContactId,
        before: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<Line>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let file = seen(&mut tx, &key, scope, contact).await?;
        let sight = Sight { scope, all: tickets == TicketSight::All };
        let shows = tickets != TicketSight::None;
        let limit = limit.clamp(1, PAGE);
        let mut lines = contact_timeline::lines(&mut tx, &key, sight, shows, file.id, before, limit).await?;
        if !scope.unmasked {
            for text in lines.iter_mut().filter_map(|line| line.text.as_mut()) {
                *text = Pii::new(mask(text.reveal()));
            }
        }
        Ok(lines)
    }
}
