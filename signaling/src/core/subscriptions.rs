//! Subscriptions of telephones (RFC 6665): their own messages, the lines of others.
//!
//! Only an extension that proves who it is subscribes, to its own messages and to any line of the house. A subscription
//! ends with its time, with the last registration of whoever has it, with its connection, and with the first NOTIFY that
//! is refused or lost. One NOTIFY at a time: what changes meanwhile is told as a whole when it is answered, so a line that
//! flickers costs a telephone what it can take and no more.

use super::build::respond;
use super::headers::Name;
use super::input::Hop;
use super::lamps::Lamps;
use super::leg::dialog::Dialog;
use super::leg::refer::ALLOW_EVENTS;
use super::message::Message;
use super::method::Method;
use super::notices::{MessageCount, Package, line, messages};
use super::output::{Counter, Output};
use super::stack::{Inbound, Stack};
use super::transaction::{Owner, TxId};
use super::uri::Uri;
use ringdesk_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// One subscription of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubscriptionId(u64);

struct Subscription {
    package: Package,
    /// Whose messages or line.
    of: String,
    subscriber: String,
    dialog: Dialog,
    /// Our tag.
    tag: String,
    expires: Timestamp,
    version: u32,
    pending: Option<TxId>,
    /// Something has changed since the NOTIFY that is under way.
    changed: bool,
}

/// What they are told about.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) lamps: Lamps,
    messages: BTreeMap<String, MessageCount>,
}

#[derive(Default)]
pub(crate) struct Subscriptions {
    all: BTreeMap<SubscriptionId, Subscription>,
    last: u64,
    // Looked up by key only.
    by_tag: HashMap<String, SubscriptionId>,
    expiries: BTreeSet<(Timestamp, SubscriptionId)>,
    of: BTreeSet<(Package, String, SubscriptionId)>,
    by_subscriber: BTreeMap<String, BTreeSet<SubscriptionId>>,
    by_connection: BTreeSet<(u64, SubscriptionId)>,
    pub(crate) state: State,
}

const FIRST: SubscriptionId = SubscriptionId(0);

/// How it ends, for who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Active,
    Over(&'static str),
}

impl Subscriptions {
    /// SUBSCRIBE of this extension outside of any dialog. The status of a refusal, with what belongs to it.
    pub(crate) fn subscribe(
        &mut self,
        stack: &mut Stack,
        inbound: Inbound,
        subscriber: &str,
    ) -> Result<(), (u16, Vec<(Name, String)>)> {
        let request = inbound.message;
        let plain = |status: u16| (status, Vec::new());
        let package = Package::of(request.headers.get(&Name::Event).unwrap_or(""))
            .ok_or((489, vec![(Name::AllowEvents, ALLOW_EVENTS.to_owned())]))?;
        let uri = Uri::parse(request.uri()).map_err(|_| plain(400))?;
        let of = uri.user().unwrap_or_default().into_owned();
        match package {
            // Nobody hears of the messages of others.
            Package::Messages if of != subscriber => return Err(plain(403)),
            Package::Line if stack.directory.extension(&of).is_none() => return Err(plain(404)),
            Package::Messages | Package::Line => {}
        }
        let mut accepted = request.headers.all(&Name::Accept).map(|kind| kind.split(';').next().unwrap_or("").trim());
        let kind = package.content_type();
        let fits = |text: &str| text.eq_ignore_ascii_case(kind) || matches!(text, "*/*" | "application/*");
        if request.headers.count(&Name::Accept) > 0 && !accepted.any(fits) {
            return Err((406, vec![(Name::Accept, kind.to_owned())]));
        }
        let seconds = self.seconds(stack, request)?;
        let limits = stack.wire.setup.subscriptions;
        let contact = stack.wire.contact(&inbound.source, &of);
        let tag = stack.wire.words.next();
        let (dialog, _) = Dialog::called(request, inbound.source, &tag, contact).ok_or(plain(400))?;
        self.supersede(stack, subscriber, package, &of, &inbound.source);
        let mine = self.by_subscriber.get(subscriber).map_or(0, BTreeSet::len);
        if seconds > 0 && (mine >= limits.per_extension || self.all.len() >= limits.all) {
            return Err(plain(403));
        }
        self.last += 1;
        let id = SubscriptionId(self.last);
        let expires = stack.wire.now + Duration::from_secs(seconds.into());
        let subscription = Subscription {
            package,
            of,
            subscriber: subscriber.to_owned(),
            dialog,
            tag,
            expires,
            version: 0,
            pending: None,
            changed: false,
        };
        self.put(stack, id, subscription);
        self.accept(stack, id, inbound, seconds);
        Ok(())
    }

    /// A request with this tag of ours. False: it is not known here.
    pub(crate) fn inside(&mut self, stack: &mut Stack, tag: &str, inbound: Inbound) -> bool {
        let request = inbound.message;
        let Some(&id) = self.by_tag.get(tag) else { return false };
        let Some(subscription) = self.all.get_mut(&id) else { return false };
        let theirs = request.from_tag().unwrap_or("") == subscription.dialog.remote_tag;
        if !theirs || request.call_id() != subscription.dialog.call_id {
            return false;
        }
        let (cseq, method) = request.cseq();
        let event = Package::of(request.headers.get(&Name::Event).unwrap_or(""));
        let status = match method {
            _ if subscription.dialog.remote_cseq.is_some_and(|last| cseq <= last) => Err((500, Vec::new())),
            Method::Subscribe if event == Some(subscription.package) => Ok(()),
            Method::Subscribe => Err((489, vec![(Name::AllowEvents, ALLOW_EVENTS.to_owned())])),
            _ => Err((405, vec![(Name::Allow, "SUBSCRIBE".to_owned())])),
        };
        let seconds = status.and_then(|()| self.seconds(stack, request));
        let seconds = match seconds {
            Ok(seconds) => seconds,
            Err((status, more)) => {
                stack.count(Counter::Rejected);
                refuse(stack, inbound, tag, status, &more);
                return true;
            }
        };
        let Some(subscription) = self.all.get_mut(&id) else { return true };
        subscription.dialog.remote_cseq = Some(cseq);
        let before = subscription.dialog.hop.connection;
        // Its Contact, should it have moved; a name in it is not looked up, for the request came from somewhere.
        subscription.dialog.heard(request, inbound.source, true);
        let after = subscription.dialog.hop.connection;
        if before != after {
            before.map(|connection| self.by_connection.remove(&(connection, id)));
            self.by_connection.extend(after.map(|connection| (connection, id)));
        }
        self.expiries.remove(&(subscription.expires, id));
        subscription.expires = stack.wire.now + Duration::from_secs(seconds.into());
        self.expiries.insert((subscription.expires, id));
        self.accept(stack, id, inbound, seconds);
        true
    }

    /// Whose messages wait, from now on; who is not named has none.
    pub(crate) fn publish(&mut self, stack: &mut Stack, counts: &BTreeMap<String, MessageCount>) {
        let directory = stack.directory.clone();
        let known = counts.iter().filter(|(extension, _)| directory.extension(extension).is_some());
        let new: BTreeMap<_, _> = known.map(|(extension, count)| (extension.clone(), *count)).collect();
        let old = std::mem::replace(&mut self.state.messages, new);
        let all: BTreeSet<String> = old.keys().chain(self.state.messages.keys()).cloned().collect();
        for extension in all {
            let count = |of: &BTreeMap<String, MessageCount>| of.get(&extension).copied().unwrap_or_default();
            if count(&old) != count(&self.state.messages) {
                self.changed(stack, Package::Messages, &extension);
            }
        }
    }

    /// The lamp of this extension shows something else.
    pub(crate) fn lamp_changed(&mut self, stack: &mut Stack, extension: &str) {
        self.changed(stack, Package::Line, extension);
    }

    /// Other extensions may be there, or not any more.
    pub(crate) fn directory_changed(&mut self, stack: &mut Stack) {
        let directory = stack.directory.clone();
        self.state.messages.retain(|extension, _| directory.extension(extension).is_some());
        let gone = |id: &SubscriptionId, subscription: &Subscription| {
            let known = |user: &str| directory.extension(user).is_some();
            (!known(&subscription.of) || !known(&subscription.subscriber)).then_some(*id)
        };
        let gone: Vec<_> = self.all.iter().filter_map(|(id, subscription)| gone(id, subscription)).collect();
        for id in gone {
            self.end(stack, id, "noresource");
        }
    }

    /// This extension is registered nowhere any more.
    pub(crate) fn unregistered(&mut self, stack: &mut Stack, subscriber: &str) {
        for id in self.by_subscriber.get(subscriber).cloned().unwrap_or_default() {
            self.end(stack, id, "deactivated");
        }
    }

    /// A connection is gone: nobody hears of it.
    pub(crate) fn hop_failed(&mut self, stack: &mut Stack, connection: u64) {
        let over: Vec<_> =
            self.by_connection.range((connection, FIRST)..).take_while(|(c, _)| *c == connection).copied().collect();
        for (_, id) in over {
            self.remove(stack, id);
        }
    }

    pub(crate) fn response(&mut self, stack: &mut Stack, id: SubscriptionId, tx: TxId, response: &Message) {
        match response.status().unwrap_or(0) {
            0..200 => {}
            200..300 => {
                if let Some(subscription) = self.all.get_mut(&id).filter(|of| of.pending == Some(tx)) {
                    subscription.pending = None;
                    if std::mem::take(&mut subscription.changed) {
                        self.notify(stack, id, Told::Active);
                    }
                }
            }
            _ => self.failed(stack, id, tx),
        }
    }

    /// A NOTIFY was refused, or nobody took it (RFC 6665 §4.2.2).
    pub(crate) fn failed(&mut self, stack: &mut Stack, id: SubscriptionId, tx: TxId) {
        if self.all.get(&id).is_some_and(|subscription| subscription.pending == Some(tx)) {
            self.remove(stack, id);
        }
    }

    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack) {
        while let Some((_, id)) = self.expiries.first().filter(|(at, _)| *at <= stack.wire.now).copied() {
            self.end(stack, id, "timeout");
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.expiries.first().map(|(at, _)| (*at, "a subscription expires"))
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// How long, of what is asked for: 0 to end it or to ask once.
    fn seconds(&self, stack: &Stack, request: &Message) -> Result<u32, (u16, Vec<(Name, String)>)> {
        let limits = stack.wire.setup.subscriptions;
        match request.expires().unwrap_or(limits.max_expires) {
            0 => Ok(0),
            asked if asked < limits.min_expires => Err((423, vec![(Name::MinExpires, limits.min_expires.to_string())])),
            asked => Ok(asked.min(limits.max_expires)),
        }
    }

    /// A telephone that was switched off and on has forgotten what it had.
    fn supersede(&mut self, stack: &mut Stack, subscriber: &str, package: Package, of: &str, hop: &Hop) {
        let mine = self.by_subscriber.get(subscriber).into_iter().flatten();
        let same = mine.copied().find(|id| {
            self.all
                .get(id)
                .is_some_and(|other| other.package == package && other.of == of && other.dialog.source() == *hop)
        });
        if let Some(id) = same {
            self.remove(stack, id);
        }
    }

    fn accept(&mut self, stack: &mut Stack, id: SubscriptionId, inbound: Inbound, seconds: u32) {
        let Some(subscription) = self.all.get(&id) else { return };
        let mut response = respond(inbound.message, 200, None, Some(&subscription.tag));
        response.headers.push(Name::Contact, subscription.dialog.contact.as_str());
        response.headers.push(Name::Expires, seconds.to_string());
        response.headers.push(Name::Server, stack.wire.setup.user_agent.as_str());
        stack.transactions.answer(&mut stack.wire, inbound.message, inbound.answer, &response);
        match seconds {
            0 => self.end(stack, id, "timeout"),
            _ => self.notify(stack, id, Told::Active),
        }
    }

    fn changed(&mut self, stack: &mut Stack, package: Package, of: &str) {
        let from = (package, of.to_owned(), FIRST);
        let watched = self.of.range(from..).take_while(|(p, o, _)| *p == package && o == of);
        let watched: Vec<SubscriptionId> = watched.map(|(_, _, id)| *id).collect();
        for id in watched {
            match self.all.get_mut(&id) {
                Some(subscription) if subscription.pending.is_some() => subscription.changed = true,
                _ => self.notify(stack, id, Told::Active),
            }
        }
    }

    fn end(&mut self, stack: &mut Stack, id: SubscriptionId, reason: &'static str) {
        self.notify(stack, id, Told::Over(reason));
        self.remove(stack, id);
    }

    fn notify(&mut self, stack: &mut Stack, id: SubscriptionId, told: Told) {
        let Some(subscription) = self.all.get_mut(&id) else { return };
        let address = Uri::sip(Some(&subscription.of), stack.directory.realm(), None).to_string();
        let body = match subscription.package {
            Package::Messages => {
                let count = self.state.messages.get(&subscription.of).copied().unwrap_or_default();
                messages(&address, count)
            }
            Package::Line => {
                line(&address, &subscription.of, subscription.version, self.state.lamps.of(&subscription.of))
            }
        };
        subscription.version = subscription.version.saturating_add(1);
        let mut notify = subscription.dialog.request(Method::Notify);
        notify.headers.push(Name::Contact, subscription.dialog.contact.as_str());
        notify.headers.push(Name::Event, subscription.package.event());
        notify.headers.push(
            Name::SubscriptionState,
            match told {
                Told::Active => format!("active;expires={}", subscription.expires.since(stack.wire.now).as_secs()),
                Told::Over(reason) => format!("terminated;reason={reason}"),
            },
        );
        notify.headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        notify.headers.push(Name::ContentType, subscription.package.content_type());
        notify.body = body.into();
        // Whatever becomes of the last one, nobody waits for it.
        let owner = (told == Told::Active).then_some(Owner::Subscription(id));
        let tx = stack.transactions.request(&mut stack.wire, owner, subscription.dialog.hop, notify);
        subscription.pending = Some(tx);
        subscription.changed = false;
    }

    fn put(&mut self, stack: &mut Stack, id: SubscriptionId, subscription: Subscription) {
        self.by_tag.insert(subscription.tag.clone(), id);
        self.expiries.insert((subscription.expires, id));
        self.of.insert((subscription.package, subscription.of.clone(), id));
        self.by_subscriber.entry(subscription.subscriber.clone()).or_default().insert(id);
        if let Some(connection) = subscription.dialog.hop.connection {
            self.by_connection.insert((connection, id));
        }
        stack.wire.outputs.push_back(Output::Dialog { tag: subscription.tag.clone(), live: true });
        self.all.insert(id, subscription);
    }

    fn remove(&mut self, stack: &mut Stack, id: SubscriptionId) {
        let Some(subscription) = self.all.remove(&id) else { return };
        if let Some(tx) = subscription.pending {
            stack.transactions.disown(tx);
        }
        self.by_tag.remove(&subscription.tag);
        self.expiries.remove(&(subscription.expires, id));
        self.of.remove(&(subscription.package, subscription.of, id));
        if let Some(mine) = self.by_subscriber.get_mut(&subscription.subscriber) {
            mine.remove(&id);
            if mine.is_empty() {
                self.by_subscriber.remove(&subscription.subscriber);
            }
        }
        if let Some(connection) = subscription.dialog.hop.connection {
            self.by_connection.remove(&(connection, id));
        }
        stack.wire.outputs.push_back(Output::Dialog { tag: subscription.tag, live: false });
    }
}

fn refuse(stack: &mut Stack, inbound: Inbound, tag: &str, status: u16, more: &[(Name, String)]) {
    let mut response = respond(inbound.message, status, None, Some(tag));
    for (name, value) in more {
        response.headers.push(name.clone(), value.as_str());
    }
    stack.wire.send(inbound.answer, response.to_bytes());
}
