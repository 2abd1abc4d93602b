//! Telephones over a restart: what the registrar holds is written behind it, and given back at the next start.

use ringdesk_model::{AccountId, Pii};
use ringdesk_operations::Operations;
use ringdesk_signaling::{Binding, SignalingHandle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long changes are gathered: many telephones register at the same moment.
const GATHER: Duration = Duration::from_millis(200);
/// After a store that did not answer.
const AGAIN: Duration = Duration::from_secs(5);

/// Contacts that changed and are not written yet: one entry per extension, so it is bounded by the extensions there are.
#[derive(Clone, Default)]
pub(crate) struct Changed {
    extensions: Arc<Mutex<BTreeMap<String, Option<Pii<String>>>>>,
    wake: Arc<Notify>,
}

impl Changed {
    /// The contacts of an extension are these now.
    pub(crate) fn put(&self, extension: String, bindings: &[Binding]) {
        let lasting: Vec<&Binding> = bindings.iter().filter(|b| b.survives_restart()).collect();
        let contacts = match lasting.is_empty() {
            true => None,
            false => serde_json::to_string(&lasting).ok().map(Pii::new),
        };
        self.extensions.lock().unwrap_or_else(PoisonError::into_inner).insert(extension, contacts);
        self.wake.notify_one();
    }

    fn take(&self) -> BTreeMap<String, Option<Pii<String>>> {
        std::mem::take(&mut *self.extensions.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What could not be written, but for what has changed since.
    fn put_back(&self, old: BTreeMap<String, Option<Pii<String>>>) {
        let mut extensions = self.extensions.lock().unwrap_or_else(PoisonError::into_inner);
        for (extension, contacts) in old {
            extensions.entry(extension).or_insert(contacts);
        }
    }
}

/// Give the registrar what the last server wrote.
pub(crate) async fn restore(operations: &Operations, account: AccountId, signaling: &SignalingHandle) {
    match operations.kept_registrations(account).await {
        Ok(kept) => {
            let mut bindings: Vec<Binding> = Vec::new();
            for registration in kept {
                match serde_json::from_str::<Vec<Binding>>(registration.contacts.reveal()) {
                    Ok(contacts) => bindings.extend(contacts),
                    Err(fault) => tracing::warn!(extension = registration.extension, %fault, "contacts cannot be read"),
                }
            }
            signaling.restore(bindings).await;
        }
        Err(fault) => tracing::error!(%fault, "telephones have to register again"),
    }
}

/// Write what changed.
pub(crate) async fn run_phones(changed: Changed, operations: Arc<Operations>, account: AccountId) {
    loop {
        changed.wake.notified().await;
        tokio::time::sleep(GATHER).await;
        let batch = changed.take();
        if let Err(fault) = operations.keep_registrations(account, &batch).await {
            tracing::error!(%fault, "contacts of telephones could not be written");
            changed.put_back(batch);
            tokio::time::sleep(AGAIN).await;
            changed.wake.notify_one();
        }
    }
}
