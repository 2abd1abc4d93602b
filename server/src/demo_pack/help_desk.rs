//! What colleagues asked the help desk of the house: its inbox, and some conversations that are over.

use super::Loading;
use super::script::minutes;
use anyhow::{Context as _, Result};
use ringdesk_model::{Actor, AgentId, Clock as _, ConversationId, InboxId, Pii, QueueId, Scope, Timestamp};
use ringdesk_operations::text_inboxes::{TextInboxEdit, TextSettings};
use ringdesk_operations::texts::joined;
use ringdesk_storage::journal::{Set, TextJoined};
use ringdesk_storage::users::User;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// As it stands in the list of whom one can write to.
const NAME: &str = "IT help desk";
/// Its queue.
const QUEUE: &str = "support";
/// From the question until somebody has it in hand.
const TAKEN: Duration = Duration::from_secs(40);
/// From one text to the next.
const BETWEEN: Duration = Duration::from_secs(75);

/// `q` who asks, `a` who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Side {
    #[serde(rename = "q")]
    Asks,
    #[serde(rename = "a")]
    Answers,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Days ago.
    day: u32,
    /// `09:30`.
    at: String,
    /// Logins.
    asker: String,
    agent: String,
    lines: Vec<(Side, String)>,
}

fn all() -> Result<Vec<Asked>> {
    serde_json::from_str(include_str!("../../demo/help-desk.json")).context("the help desk's script")
}

/// All of it; gives how many conversations. Whom the centre has no more asks nothing.
pub(super) async fn write(loading: &mut Loading) -> Result<usize> {
    let users = loading.pack.operations.users(&loading.scope).await?;
    let people: BTreeMap<&str, &User> = users.iter().map(|user| (user.login.as_str(), user)).collect();
    let Some(queue) = loading.queues.get(QUEUE).copied() else { return Ok(0) };
    let mut desk = None;
    let mut count = 0;
    for asked in all()? {
        let (Some(asker), Some(agent)) = (people.get(asked.asker.as_str()), people.get(asked.agent.as_str())) else {
            continue;
        };
        let Some(id) = agent.agent else { continue };
        let inbox = match desk {
            Some(inbox) => inbox,
            None => *desk.insert(desk_of(loading, queue).await?),
        };
        let of = || format!("what {} asked", asked.asker);
        talk(loading, (inbox, queue), asker, (agent, id), &asked).await.with_context(of)?;
        count += 1;
    }
    Ok(count)
}

/// One that is there from an earlier pack is used again.
async fn desk_of(loading: &Loading, queue: QueueId) -> Result<InboxId> {
    let (operations, account) = (&loading.pack.operations, loading.pack.account);
    if let Some(there) = operations.help_desks(&loading.scope).await?.into_iter().find(|inbox| inbox.name == NAME) {
        return Ok(there.id);
    }
    let settings = TextSettings { internal: true, ..TextSettings::default() };
    let edit = TextInboxEdit { name: NAME.to_owned(), queue, settings };
    let now = loading.pack.clock.now();
    // Nobody signs for it, so this is kept nowhere.
    let secret = Pii::new(String::new());
    Ok(operations.create_text_inbox(now, &Actor::System, account, &edit, secret).await?)
}

/// The way such a conversation goes: asked, taken, answered, settled.
async fn talk(
    loading: &mut Loading,
    (inbox, queue): (InboxId, QueueId),
    asker: &User,
    (agent, id): (&User, AgentId),
    asked: &Asked,
) -> Result<()> {
    let begins = loading.at(asked.day, minutes(&asked.at)?);
    let asks = Scope { user: asker.id, agent: asker.agent, ..loading.scope.clone() };
    let answers = Scope { user: agent.id, agent: agent.agent, ..loading.scope.clone() };
    let by = Actor::User { user: agent.id, agent: agent.agent, address: None };
    let mut of: Option<ConversationId> = None;
    let mut at = begins;
    for (side, words) in &asked.lines {
        let operations = &loading.pack.operations;
        let (name, text) = (loading.ids.next::<uuid::Uuid>(at).to_string(), Pii::new(words.clone()));
        match (side, of) {
            (Side::Asks, _) => {
                let said = (name.as_str(), asker.name.as_str(), &text, Vec::new());
                let taken = operations.ask_help_desk(at, &asks, inbox, said).await?;
                if of.is_none() {
                    of = Some(taken.conversation);
                    let joins = at + TAKEN;
                    take(loading, (taken.conversation, queue, id), joins).await?;
                }
            }
            (Side::Answers, Some(conversation)) => {
                operations.send_text(at, &by, &answers, conversation, (name.as_str(), &text, &[])).await?;
            }
            (Side::Answers, None) => anyhow::bail!("nobody answers what was not asked"),
        }
        at += BETWEEN;
    }
    let conversation = of.context("nothing was asked")?;
    let operations = loading.pack.operations.clone();
    operations.close_text(at, &by, &answers, conversation).await?;
    operations.read_help_talk(at, &asks, conversation, i64::MAX).await?;
    loading.mark(at, conversation, &[]).await
}

/// Somebody has it in hand.
async fn take(
    loading: &mut Loading,
    (conversation, queue, agent): (ConversationId, QueueId, AgentId),
    at: Timestamp,
) -> Result<()> {
    let waits = loading.pack.operations.work_items(loading.pack.account, None).await?;
    let mut set = Set::new(loading.pack.key.clone());
    if let Some(item) = waits.into_iter().find(|item| item.conversation == conversation) {
        set.left_queue(item.id, at, "served", true);
    }
    let joins = TextJoined { offer: loading.ids.next(at), conversation, agent, queue, at };
    joined(&mut set, &mut loading.ids, joins)?;
    loading.pack.operations.write_journal(&set).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S1.24, S16.26
    #[test]
    fn what_was_asked_is_answered_in_both_languages() {
        let all = all().unwrap();
        let has_han =
            |asked: &Asked| asked.lines.iter().any(|(_, text)| text.chars().any(|c| ('一'..='鿿').contains(&c)));
        assert!(all.iter().any(has_han) && all.iter().any(|asked| !has_han(asked)));
        for asked in &all {
            assert_eq!(asked.lines.first().map(|(side, _)| *side), Some(Side::Asks));
            assert!(asked.lines.iter().any(|(side, _)| *side == Side::Answers), "{asked:?}");
            assert!(minutes(&asked.at).unwrap() < 24 * 60 && (1..14).contains(&asked.day));
            assert_ne!(asked.asker, asked.agent, "nobody answers themselves");
        }
        let askers: std::collections::BTreeSet<&str> = all.iter().map(|asked| asked.asker.as_str()).collect();
        assert_eq!(askers.len(), all.len(), "what one asks again within a day goes on with what they asked before");
    }
}
