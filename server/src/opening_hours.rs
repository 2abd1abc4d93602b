//! The account's opening hours, as they were last read: calls ask them without a look into the store.

use ringdesk_model::{AccountId, CalendarId, Timestamp};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_rules::{Calendar, Hours, Standing};
use ringdesk_voice::OpenState;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct OpeningHours(Arc<RwLock<BTreeMap<CalendarId, Calendar>>>);

impl OpeningHours {
    pub(crate) async fn load(&self, operations: &Operations, account: AccountId) -> Result<(), OperationError> {
        let all = operations.calendars(account).await?.into_iter().map(|view| (view.id, view.calendar)).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    /// `None`: there is no such calendar.
    pub(crate) fn at(&self, now: Timestamp, calendar: CalendarId) -> Option<OpenState> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(match Hours(all.get(&calendar)?).at(now) {
            Standing::Open => OpenState::Open,
            Standing::Closed => OpenState::Closed,
            Standing::Holiday(name) => OpenState::Holiday(name),
        })
    }
}
