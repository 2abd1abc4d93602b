//! Who follows an account, found by what they are to hear of: a socket is woken by nothing that does not concern it.
//!
//! A visitor is found by their conversation, or by their address where another page of theirs begins one; a reader by what
//! they may see. What a reader is told is decided again when they are told it: rights that were lost meanwhile count.

use super::mailbox::{Mailbox, Post};
use crate::sees::sees;
use crate::typing::{Typed, Typist};
use ringdesk_model::{ConversationId, Pii, QueueId};
use ringdesk_operations::SignedIn;
use ringdesk_operations::events::Followed;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Posts held for a reader who is busy; the one after them makes them read the rows again.
const HELD: usize = 1_024;
/// The same for a visitor's page, which reads the rows anyway.
const HELD_FOR_VISITOR: usize = 32;

/// What a reader's socket is woken by.
#[derive(Clone)]
pub(crate) enum ReaderPost {
    Event(Arc<Followed>),
    Typed(Typed),
}

impl PartialEq for ReaderPost {
    /// Each event is put in once, by its number; who types on says nothing new.
    fn eq(&self, other: &ReaderPost) -> bool {
        match (self, other) {
            (ReaderPost::Event(one), ReaderPost::Event(other)) => one.seq == other.seq,
            (ReaderPost::Typed(one), ReaderPost::Typed(other)) => one == other,
            _ => false,
        }
    }
}

/// What a visitor's socket is woken by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VisitorPost {
    /// Something happened to one of their conversations: the rows say what.
    News,
    /// Somebody of this name types to them.
    Typing(ConversationId, String),
}

/// Clones share them.
#[derive(Clone, Default)]
pub(super) struct Followers(Arc<Mutex<Index>>);

#[derive(Default)]
struct Index {
    next: u64,
    readers: BTreeMap<u64, Reader>,
    visitors: BTreeMap<u64, Arc<Mailbox<VisitorPost>>>,
    by_address: HashMap<Pii<String>, BTreeSet<u64>>,
    by_conversation: HashMap<ConversationId, BTreeSet<u64>>,
}

struct Reader {
    rights: Rights,
    mailbox: Arc<Mailbox<ReaderPost>>,
}

/// What a reader may see.
#[derive(Clone)]
pub(crate) struct Rights {
    pub(crate) who: SignedIn,
    /// Of the reader, who may be an agent.
    pub(crate) queues: BTreeSet<QueueId>,
}

impl Rights {
    fn equal(&self, other: &Rights) -> bool {
        let of = |rights: &Rights| (rights.who.scope.clone(), rights.who.grants.clone(), rights.queues.clone());
        of(self) == of(other)
    }
}

impl Followers {
    pub(super) fn reader(&self, rights: Rights, told: watch::Receiver<i64>) -> ReaderEar {
        let mut index = self.index();
        index.next += 1;
        let (id, mailbox) = (index.next, Arc::new(Mailbox::new(HELD)));
        index.readers.insert(id, Reader { rights, mailbox: mailbox.clone() });
        ReaderEar { followers: self.clone(), id, mailbox, told }
    }

    pub(super) fn visitor(&self, address: Pii<String>) -> VisitorEar {
        let mut index = self.index();
        index.next += 1;
        let (id, mailbox) = (index.next, Arc::new(Mailbox::new(HELD_FOR_VISITOR)));
        index.visitors.insert(id, mailbox.clone());
        index.by_address.entry(address.clone()).or_default().insert(id);
        VisitorEar { followers: self.clone(), id, mailbox, address, about: BTreeSet::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        let index = self.index();
        index.readers.is_empty() && index.visitors.is_empty()
    }

    /// Everybody whom it concerns; gives how many sockets that are.
    pub(super) fn tell(&self, event: &Arc<Followed>) -> u64 {
        let index = self.index();
        let concerned = index.readers.values().filter(|one| sees(event, &one.rights.who, &one.rights.queues));
        let mut woken = 0;
        for reader in concerned {
            reader.mailbox.put(ReaderPost::Event(event.clone()));
            woken += 1;
        }
        let begun = event.data.reveal()["address"].as_str().filter(|_| event.kind == "conversation_created");
        let theirs = begun.and_then(|address| index.by_address.get(&Pii::new(address.to_owned())));
        let about = event.conversation.and_then(|conversation| index.by_conversation.get(&conversation));
        let both: BTreeSet<u64> = [theirs, about].into_iter().flatten().flatten().copied().collect();
        for visitor in both.iter().filter_map(|id| index.visitors.get(id)) {
            visitor.put(VisitorPost::News);
            woken += 1;
        }
        woken
    }

    /// Somebody types, or looks at another page: it is told to whom it is meant for, as long as they look.
    pub(super) fn typed(&self, typed: &Typed) {
        let index = self.index();
        let is_for = |who: &SignedIn| match &typed.by {
            Typist::Agent(_) => false,
            Typist::Helper { asker, .. } => who.by_token.is_none() && who.user.id == *asker,
            Typist::Contact(agent) | Typist::Visitor { agent, .. } => who.scope.agent == Some(*agent),
        };
        for reader in index.readers.values().filter(|one| is_for(&one.rights.who)) {
            reader.mailbox.put(ReaderPost::Typed(typed.clone()));
        }
        if let Typist::Agent(name) = &typed.by {
            let pages = index.by_conversation.get(&typed.conversation).into_iter().flatten();
            for visitor in pages.filter_map(|id| index.visitors.get(id)) {
                visitor.put(VisitorPost::Typing(typed.conversation, name.clone()));
            }
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a reader's socket hears. Dropped, it is no follower any more.
pub(crate) struct ReaderEar {
    followers: Followers,
    id: u64,
    mailbox: Arc<Mailbox<ReaderPost>>,
    told: watch::Receiver<i64>,
}

impl ReaderEar {
    pub(crate) async fn next(&self) -> Post<ReaderPost> {
        self.mailbox.next().await
    }

    pub(crate) fn taken(&self) -> Option<Post<ReaderPost>> {
        self.mailbox.taken()
    }

    /// The number up to which everything that is for this reader has been put into the mailbox.
    pub(crate) fn told(&self) -> i64 {
        *self.told.borrow()
    }

    /// From now on by these rights. `true`: they are others than before, and what happened since the last that the reader was told is
    /// to be read again by them.
    pub(crate) fn may(&self, rights: Rights) -> bool {
        let mut index = self.followers.index();
        let Some(reader) = index.readers.get_mut(&self.id) else { return false };
        let others = !reader.rights.equal(&rights);
        reader.rights = rights;
        others
    }
}

impl Drop for ReaderEar {
    fn drop(&mut self) {
        self.followers.index().readers.remove(&self.id);
    }
}

/// Where a visitor's page hears. Dropped, it is no follower any more.
pub(crate) struct VisitorEar {
    followers: Followers,
    id: u64,
    mailbox: Arc<Mailbox<VisitorPost>>,
    address: Pii<String>,
    about: BTreeSet<ConversationId>,
}

impl VisitorEar {
    pub(crate) async fn next(&self) -> Post<VisitorPost> {
        self.mailbox.next().await
    }

    /// From now on of these conversations. `true`: they are others than before, and nothing was told of what happened to them until now.
    pub(crate) fn about(&mut self, conversations: impl IntoIterator<Item = ConversationId>) -> bool {
        let about: BTreeSet<ConversationId> = conversations.into_iter().collect();
        if about == self.about {
            return false;
        }
        let mut index = self.followers.index();
        for gone in self.about.difference(&about) {
            forget(&mut index.by_conversation, gone, self.id);
        }
        for new in about.difference(&self.about) {
            index.by_conversation.entry(*new).or_default().insert(self.id);
        }
        drop(index);
        self.about = about;
        true
    }
}

impl Drop for VisitorEar {
    fn drop(&mut self) {
        let mut index = self.followers.index();
        index.visitors.remove(&self.id);
        forget(&mut index.by_address, &self.address, self.id);
        for conversation in &self.about {
            forget(&mut index.by_conversation, conversation, self.id);
        }
    }
}

fn forget<K: std::hash::Hash + Eq>(of: &mut HashMap<K, BTreeSet<u64>>, key: &K, id: u64) {
    if let Some(ids) = of.get_mut(key) {
        ids.remove(&id);
        if ids.is_empty() {
            of.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};
    use serde_json::{Value, json};

    fn event(kind: &str, conversation: Option<ConversationId>, data: Value) -> Arc<Followed> {
        Arc::new(Followed {
            seq: 1,
            at: Timestamp(0),
            kind: kind.into(),
            data: Pii::new(data),
            conversation,
            agents: BTreeSet::new(),
            in_hand: BTreeSet::new(),
            asker: None,
        })
    }

    /// A thousand pages are open: what happens to one conversation wakes the two that show it.
    ///
    /// Rows: N1, S2.1
    #[test]
    fn only_the_sockets_concerned_are_woken() {
        let (followers, mut ids) = (Followers::default(), Ids::seeded(3));
        let mut pages: Vec<(ConversationId, VisitorEar)> = Vec::new();
        for n in 0..1_000 {
            let mut ear = followers.visitor(Pii::new(format!("visitor {n}")));
            let about = ids.next(Timestamp(0));
            assert!(ear.about([about]) && !ear.about([about]));
            pages.push((about, ear));
        }
        let (mine, _) = pages[500];
        let mut second = followers.visitor(Pii::new("visitor 500".into()));
        second.about([mine]);
        assert_eq!(followers.tell(&event("message_created", Some(mine), json!({ "seq": 1 }))), 2);
        assert_eq!(pages.iter().filter(|(_, ear)| ear.mailbox.taken().is_some()).count(), 1);
        assert_eq!(second.mailbox.taken(), Some(Post::It(VisitorPost::News)));
        assert_eq!(followers.tell(&event("message_created", Some(ids.next(Timestamp(0))), json!({}))), 0);
        assert_eq!(followers.tell(&event("presence_changed", None, json!({ "agent": null }))), 0);

        // Of a conversation that another page of theirs begins, the address tells; once, though both ways lead to it.
        let begun = event("conversation_created", Some(mine), json!({ "address": "visitor 500" }));
        assert_eq!(followers.tell(&begun), 2);
        let elsewhere = event("conversation_created", Some(ids.next(Timestamp(0))), json!({ "address": "visitor 7" }));
        assert_eq!(followers.tell(&elsewhere), 1);

        // Who types is told to the pages that show it.
        second.mailbox.taken();
        let by = Typist::Agent("Mei".into());
        followers.typed(&Typed { conversation: mine, by });
        assert_eq!(second.mailbox.taken(), Some(Post::It(VisitorPost::Typing(mine, "Mei".into()))));

        // A page that goes on to another conversation, and pages that close.
        second.about([ids.next(Timestamp(0))]);
        assert_eq!(followers.tell(&event("message_created", Some(mine), json!({ "seq": 2 }))), 1);
        drop(second);
        drop(pages);
        let index = followers.index();
        assert!(index.by_conversation.is_empty() && index.by_address.is_empty() && index.visitors.is_empty());
    }
}
