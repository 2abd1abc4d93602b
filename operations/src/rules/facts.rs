//! What rules can ask of a conversation. Only what some rule asks is looked up.

use super::call_facts::{AskedOfCall, SubjectCall};
use crate::visitors::Visit;
use crate::{OperationError, segments};
use ringdesk_model::{
    AccountId, CalendarId, Channel, ContactFieldId, ContactId, ConversationId, InboxId, QueueId, SegmentId, TagId,
    Timestamp,
};
use ringdesk_rules::follow::{CONTACT_TAG, SET_TAG, TAG};
use ringdesk_rules::{Calendar, Fact, Facts, Hours, Rule};
use ringdesk_storage::conversations::ConversationView;
use ringdesk_storage::{Tx, calendars, contact_files, number_places, rules, tags, visitors};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// Ten years.
const MOST_DAYS: u32 = 3_650;

/// Of what rules are asked, and as of when.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) channel: Channel,
    pub(crate) inbox: Option<InboxId>,
    pub(crate) contact: Option<ContactId>,
    /// Where it waits or waited.
    pub(crate) queue: Option<QueueId>,
    pub(crate) tags: BTreeSet<TagId>,
    pub(crate) at: Timestamp,
    /// What happens to it happens in this call.
    pub(crate) call: Option<SubjectCall>,
}

impl Subject {
    pub(crate) fn of(account: AccountId, view: &ConversationView, at: Timestamp) -> Subject {
        Subject {
            account,
            conversation: view.id,
            channel: view.channel,
            inbox: view.inbox,
            contact: view.contact,
            queue: view.participations.iter().rev().find_map(|part| part.queue),
            tags: view.tags.clone(),
            at,
            call: view.calls.last().map(SubjectCall::of),
        }
    }
}

/// A fact by its name in conditions.
enum Asked {
    Channel,
    Inbox,
    Queue,
    Language,
    Tier,
    /// What the contact wrote first.
    Text,
    /// Whose facts stand there always.
    Tags,
    /// Where the number is at home by which it came: country, province, city in both spellings, operator.
    Region,
    /// In which segments the contact is now, by their ids.
    Segment,
    /// `hours:<calendar>`: `open`, `closed` or `holiday`.
    Hours(CalendarId),
    /// `field:<field>`: what the contact's file says there.
    Field(ContactFieldId),
    /// `conversations:<days>`: how many the contact had before this one in so many days.
    Conversations(u32),
    /// `tickets:<days>`: how many tickets of theirs were made in so many days.
    Tickets(u32),
    /// Only calls have it.
    Call(AskedOfCall),
}

impl Asked {
    fn parse(name: &str) -> Option<Asked> {
        if let Some(asked) = AskedOfCall::parse(name) {
            return Some(Asked::Call(asked));
        }
        let days = |text: &str| text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
        Some(match name.split_once(':') {
            Some(("hours", id)) => Asked::Hours(id.parse().ok()?),
            Some(("field", id)) => Asked::Field(id.parse().ok()?),
            Some(("conversations", text)) => Asked::Conversations(days(text)?),
            Some(("tickets", text)) => Asked::Tickets(days(text)?),
            Some(_) => return None,
            None => match name {
                "channel" => Asked::Channel,
                "inbox" => Asked::Inbox,
                "queue" => Asked::Queue,
                "language" => Asked::Language,
                "tier" => Asked::Tier,
                "text" => Asked::Text,
                "segment" => Asked::Segment,
                "region" => Asked::Region,
                TAG | CONTACT_TAG | SET_TAG => Asked::Tags,
                _ => return None,
            },
        })
    }
}

/// Is there such a fact?
pub(crate) fn is_known(name: &str) -> bool {
    Asked::parse(name).is_some()
}

/// Everything that these rules ask of it.
pub(crate) async fn facts_of(
    tx: &mut Tx,
    key: &AccountKey,
    subject: &Subject,
    rules: &[Rule],
) -> Result<Facts, OperationError> {
    let mut named = BTreeSet::new();
    rules.iter().filter(|rule| !rule.disabled).for_each(|rule| rule.when.asks(&mut named));
    let mut facts = tags_of(tx, subject).await?;
    for name in named {
        let Some(asked) = Asked::parse(&name) else { continue };
        if let Some(fact) = fact(tx, key, subject, asked).await? {
            facts.insert(name, fact);
        }
    }
    Ok(facts)
}

/// Rules change them, so they stand there whether they are asked for or not.
async fn tags_of(tx: &mut Tx, subject: &Subject) -> Result<Facts, OperationError> {
    let words = |tags: &BTreeSet<TagId>| Fact::Words(tags.iter().map(TagId::to_string).collect());
    let mut facts = Facts::from([(TAG.to_owned(), words(&subject.tags))]);
    if let Some(contact) = subject.contact {
        let of = contact_files::tags_of(tx, subject.account, &[contact]).await?.remove(&contact);
        facts.insert(CONTACT_TAG.to_owned(), words(&of.unwrap_or_default()));
    }
    Ok(facts)
}

async fn fact(tx: &mut Tx, key: &AccountKey, subject: &Subject, asked: Asked) -> Result<Option<Fact>, OperationError> {
    let since = |days: u32| Timestamp(subject.at.0.saturating_sub(micros(DAY * days)));
    Ok(match asked {
        Asked::Tags => None,
        Asked::Segment => {
            let of = match subject.contact {
                Some(contact) => segments::of_contact(tx, key, subject.at, contact).await?,
                None => BTreeSet::new(),
            };
            Some(Fact::Words(of.iter().map(SegmentId::to_string).collect()))
        }
        Asked::Region => {
            let kept = number_places::get(tx, subject.account, subject.conversation).await?;
            kept.map(|(place, _)| Fact::Words(place.words()))
        }
        Asked::Channel => Some(Fact::Word(subject.channel.as_str().to_owned())),
        Asked::Inbox => subject.inbox.map(|inbox| Fact::Word(inbox.to_string())),
        Asked::Queue => subject.queue.map(|queue| Fact::Word(queue.to_string())),
        Asked::Call(asked) => subject.call.as_ref().and_then(|call| call.fact(&asked)),
        Asked::Text => {
            if let Some(call) = &subject.call {
                return call.words(tx, key, subject.conversation).await;
            }
            rules::first_words(tx, key, subject.conversation).await?.map(|text| Fact::Word(text.into_inner()))
        }
        Asked::Language => language(tx, key, subject).await?,
        Asked::Tier => {
            let file = file(tx, key, subject).await?;
            Some(Fact::Word(file.map(|profile| profile.tier).unwrap_or_default().as_str().to_owned()))
        }
        Asked::Field(field) => {
            let profile = file(tx, key, subject).await?;
            profile.and_then(|profile| profile.fields.get(&field).map(|value| Fact::Word(value.reveal().clone())))
        }
        Asked::Hours(id) => {
            let row = calendars::all(tx, subject.account).await?.into_iter().find(|row| row.id == id);
            let calendar: Option<Calendar> = row.and_then(|row| serde_json::from_str(&row.document).ok());
            calendar.map(|calendar| Fact::Word(Hours(&calendar).at(subject.at).as_str().to_owned()))
        }
        Asked::Conversations(days) => {
            let span = (since(days), subject.conversation);
            let count = match subject.contact {
                Some(contact) => rules::conversations_before(tx, subject.account, contact, span).await?,
                None => 0,
            };
            Some(number(count))
        }
        Asked::Tickets(days) => {
            let count = match subject.contact {
                Some(contact) => {
                    rules::tickets_between(tx, subject.account, contact, (since(days), subject.at)).await?
                }
                None => 0,
            };
            Some(number(count))
        }
    })
}

async fn file(
    tx: &mut Tx,
    key: &AccountKey,
    subject: &Subject,
) -> Result<Option<ringdesk_contacts::Profile>, OperationError> {
    let Some(contact) = subject.contact else { return Ok(None) };
    Ok(contact_files::get(tx, key, contact).await?.map(|file| file.profile))
}

/// What their file says, else their browser, else the characters they write. `zh-CN` is also `zh`.
async fn language(tx: &mut Tx, key: &AccountKey, subject: &Subject) -> Result<Option<Fact>, OperationError> {
    let mut said = file(tx, key, subject).await?.and_then(|profile| profile.language);
    if said.is_none() {
        let visit = visitors::visit(tx, key, subject.conversation).await?;
        let visit: Option<Visit> = visit.and_then(|(text, _)| serde_json::from_str(text.reveal()).ok());
        said = visit.and_then(|visit| visit.language);
    }
    if said.is_none() {
        let text = rules::first_words(tx, key, subject.conversation).await?;
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        said = text.filter(|text| text.reveal().chars().any(is_han)).map(|_| "zh".to_owned());
    }
    Ok(said.map(|tag| {
        let base = tag.split('-').next().unwrap_or_default().to_owned();
        Fact::Words(if base == tag { vec![tag] } else { vec![tag, base] })
    }))
}

/// The tags of a conversation as they stand.
pub(crate) async fn tags_now(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
) -> Result<BTreeSet<TagId>, OperationError> {
    Ok(tags::of(tx, account, &[conversation]).await?.remove(&conversation).unwrap_or_default())
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// No contact has so many that a float would miss one.
fn number(count: i64) -> Fact {
    Fact::Number(f64::from(i32::try_from(count).unwrap_or(i32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_known_by_their_names() {
        let id = uuid::Uuid::nil();
        for name in
            ["channel", "inbox", "queue", "language", "tier", "text", "tag", "contact_tag", "set_tag", "segment"]
        {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "called",
            "caller",
            "caller_begins",
            "direction",
            "outcome",
            "disposition",
            "waited_seconds",
            "entered:n_1",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [format!("hours:{id}"), format!("field:{id}"), "conversations:30".into(), "tickets:3650".into()] {
            assert!(is_known(&name), "{name}");
        }
        for name in [
            "",
            "mood",
            "hours:x",
            "field:",
            "conversations:0",
            "conversations:3651",
            "tickets:",
            "text:1",
            "entered:",
            "entered:a b",
            "caller:1",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }
}
