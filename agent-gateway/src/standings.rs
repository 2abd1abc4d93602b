//! Where those stand who wait, asked once for everybody who looks.
//!
//! Each page of a visitor asks every few seconds. A thousand pages that wait in one queue would each count all the others: the store
//! would do nothing else. So one of them asks for all, and the others take what it was told.

use ringdesk_model::{AccountId, ConversationId, Timestamp};
use ringdesk_operations::visitors::Standing;
use ringdesk_operations::{OperationError, Operations};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync;
use tokio::time::Instant;

/// Nobody is told anything older.
const FRESH: Duration = Duration::from_secs(1);

/// What was told last, and when.
type Told = Option<(Instant, Arc<BTreeMap<ConversationId, Standing>>)>;

/// By account. Clones share them.
#[derive(Clone, Default)]
pub struct Standings(Arc<Mutex<BTreeMap<AccountId, Arc<sync::Mutex<Told>>>>>);

impl Standings {
    pub(crate) async fn of(
        &self,
        operations: &Operations,
        now: Timestamp,
        (account, conversation): (AccountId, ConversationId),
    ) -> Result<Standing, OperationError> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default().clone();
        // Held while the rows are read: who comes meanwhile waits for that answer instead of asking, too.
        let mut told = told.lock().await;
        let all = match &*told {
            Some((at, all)) if at.elapsed() < FRESH => all.clone(),
            _ => {
                let all = Arc::new(operations.standings(now, account).await?);
                *told = Some((Instant::now(), all.clone()));
                all
            }
        };
        Ok(all.get(&conversation).copied().unwrap_or_default())
    }
}
