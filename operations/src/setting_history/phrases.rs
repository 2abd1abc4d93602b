//! Quick phrases and their categories: what they are, and the way back. What somebody wrote for themselves alone is no setting of the
//! house: nobody else may see what it was, so nothing of it is kept.

use crate::{OperationError, Operations, SignedIn};
use ringdesk_conversations::{PhraseCategory, PhraseFor, QuickPhrase};
use ringdesk_model::{PhraseCategoryId, QueueId, QuickPhraseId, Timestamp};
use ringdesk_storage::quick_phrases;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize, Deserialize)]
pub(super) struct PhraseState {
    code: String,
    title: String,
    /// Whose agents use it; everybody where none is named.
    queue: Option<QueueId>,
    category: Option<PhraseCategoryId>,
    texts: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CategoryState {
    name: String,
    parent: Option<PhraseCategoryId>,
    place: i64,
    queues: BTreeSet<QueueId>,
    open: bool,
}

impl PhraseState {
    /// `None`: it is somebody's own.
    pub(super) fn of(phrase: QuickPhrase) -> Option<PhraseState> {
        let QuickPhrase { code, title, category, texts, .. } = phrase;
        let queue = match phrase.whose {
            PhraseFor::Everybody => None,
            PhraseFor::Queue(queue) => Some(queue),
            PhraseFor::Me(_) => return None,
        };
        Some(PhraseState { code, title, queue, category, texts })
    }
}

impl CategoryState {
    pub(super) fn of(one: PhraseCategory) -> CategoryState {
        let PhraseCategory { parent, name, place, queues, open, .. } = one;
        CategoryState { name, parent, place, queues, open }
    }
}

impl Operations {
    /// `None`: it was not there, and goes.
    pub(super) async fn put_back_phrase(
        &self,
        now: Timestamp,
        who: &SignedIn,
        id: QuickPhraseId,
        was: Option<PhraseState>,
    ) -> Result<(), OperationError> {
        let account = who.user.account;
        let is = quick_phrases::by_id(&mut self.read(account).await?.0, account, id).await?;
        let (by, may) = ((&who.actor, &who.scope), |permission| who.grants.allows(permission));
        let Some(PhraseState { code, title, queue, category, texts }) = was else {
            return self.remove_phrase(now, by, may, id).await;
        };
        let whose = queue.map_or(PhraseFor::Everybody, PhraseFor::Queue);
        let version = is.map_or(1, |is| is.version + 1);
        self.put_phrase(now, by, may, QuickPhrase { id, category, whose, code, title, texts, uses: 0, version }).await
    }

    /// `None`: it was not there, and goes.
    pub(super) async fn put_back_phrase_category(
        &self,
        now: Timestamp,
        who: &SignedIn,
        id: PhraseCategoryId,
        was: Option<CategoryState>,
    ) -> Result<(), OperationError> {
        let account = who.user.account;
        let Some(CategoryState { name, parent, place, queues, open }) = was else {
            return self.remove_phrase_category(now, &who.actor, account, id).await;
        };
        let all = quick_phrases::categories(&mut self.read(account).await?.0, account).await?;
        let is_there = all.iter().any(|one| one.id == id);
        let one = PhraseCategory { id, parent, name, place, queues, open };
        self.put_phrase_category(now, &who.actor, account, one, is_there).await
    }
}
