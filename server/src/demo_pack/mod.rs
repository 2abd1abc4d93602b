//! The pack of a demo: fourteen days of calls in English and Chinese, so that there is something to look at in the first ten
//! minutes. Marked by the tag `demo`, and taken away by one request.
//!
//! Nothing of it is painted: calls leave their rows the way calls do, recordings go through the recorder, so that they verify,
//! and what is heard is what the transcript says, spoken by the house's own speech engine.
//!
//! Reading order: here (what is loaded), [`script`] (who says what), [`story`] (the facts of a call), [`sound`] (its recording),
//! [`shifts`] (when the agents were there).

mod script;
mod shifts;
mod sound;
mod story;

use anyhow::{Context as _, Result};
use ringdesk_conversations::Country;
use ringdesk_model::{
    AccountId, Actor, AgentId, Clock as _, ConversationId, Ids, ParticipationId, Pii, QueueId, Scope, TagId, Timestamp,
    UserId, WallClock,
};
use ringdesk_operations::Operations;
use ringdesk_operations::callbacks::{CallWhom, NewCallback};
use ringdesk_operations::tags::TagEdit;
use ringdesk_recordings::Folder;
use ringdesk_storage::journal::Set;
use ringdesk_tts::Speaker;
use ringdesk_vault::AccountKey;
use script::{Kind, Scripted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use story::Story;

/// By which everything of the pack is known.
pub(crate) const TAG: &str = "demo";
/// Calls without sound, beside the scripted ones.
const QUIET: usize = 45;
const HOUR: Duration = Duration::from_secs(3_600);

/// What loading needs of the house.
pub(crate) struct Pack {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) key: Arc<AccountKey>,
    pub(crate) clock: WallClock,
    pub(crate) speaker: Speaker,
    pub(crate) folder: Folder,
    pub(crate) home: Country,
}

/// Load it, if the centre is as it was made: somebody who took the pack away does not get it back. Gives how many
/// conversations it has.
pub(crate) async fn load(pack: Pack) -> Result<usize> {
    let scope = scope(pack.account);
    if pack.operations.tags(pack.account).await?.iter().any(|tag| tag.name == TAG) {
        return Ok(0);
    }
    let begun = pack.clock.now();
    let queues: BTreeMap<String, QueueId> =
        pack.operations.queues(&scope).await?.into_iter().map(|q| (q.name, q.id)).collect();
    let mut agents: BTreeMap<String, AgentId> = BTreeMap::new();
    for agent in pack.operations.agents(&scope).await? {
        let login = match agent.extension.as_deref() {
            Some("2001") => "agent1",
            Some("2002") => "agent2",
            _ => continue,
        };
        agents.insert(login.to_owned(), agent.id);
    }
    let now = pack.clock.now();
    let mut loading = Loading {
        ids: Ids::seeded(pack.operations.id::<uuid::Uuid>(now).as_u128() as u64),
        midnight: Timestamp(now.0.div_euclid(24 * 3_600_000_000) * 24 * 3_600_000_000),
        pack,
        scope,
        queues,
        agents,
        tags: BTreeMap::new(),
        talks: Vec::new(),
    };
    loading.tag(TAG).await?;
    let scripts = script::all()?;
    let recorder = sound::Studio::open(&loading.pack)?;
    let mut count = 0;
    for scripted in &scripts {
        loading.scripted(scripted, &recorder).await.with_context(|| format!("the call of {}", scripted.from))?;
        count += 1;
    }
    for n in 0..QUIET {
        loading.quiet(n).await?;
        count += 1;
    }
    shifts::write(&mut loading).await?;
    let seconds = loading.pack.clock.now().since(begun).as_secs();
    tracing::info!(conversations = count, seconds, "the demo has something to look at");
    Ok(count)
}

pub(crate) struct Loading {
    pack: Pack,
    ids: Ids,
    /// Of today.
    midnight: Timestamp,
    scope: Scope,
    queues: BTreeMap<String, QueueId>,
    agents: BTreeMap<String, AgentId>,
    tags: BTreeMap<String, TagId>,
    /// Who talked from when to when.
    talks: Vec<(AgentId, Timestamp, Timestamp)>,
}

impl Loading {
    async fn scripted(&mut self, script: &Scripted, studio: &sound::Studio) -> Result<()> {
        let start = self.at(script.day, script.minutes()?);
        let spoken = sound::speak(&self.pack.speaker, script).await?;
        let story = Story::of(self, script, start, &spoken)?;
        self.write(&story).await?;
        if story.recording.is_some() {
            studio.record(&self.pack, &story, &spoken).await?;
        }
        let after = story.ended + Duration::from_secs(20);
        for (_, offer) in &story.parts {
            if let Some(code) = &script.disposition {
                let part = ParticipationId(offer.0);
                let told = Some(code.clone());
                self.pack.operations.set_disposition(after, &Actor::System, &self.scope, part, told, None).await?;
            }
        }
        if let Some(note) = &script.note {
            let text = Pii::new(note.clone());
            let operations = &self.pack.operations;
            operations.write_note(after, &Actor::System, &self.scope, story.conversation, &text, script.pin).await?;
        }
        self.mark(after, story.conversation, &script.tags).await?;
        if script.kind == Kind::Callback {
            let now = self.pack.clock.now();
            let promise = NewCallback {
                whom: CallWhom::Conversation(story.conversation),
                due_from: now + HOUR * 20,
                due_until: None,
                owner: script.agent.as_ref().and_then(|login| self.agents.get(login)).copied(),
                queue: self.queues.get(&script.queue).copied(),
                note: script.note.clone().map(Pii::new),
                home: self.pack.home,
            };
            self.pack.operations.promise_callback(now, &Actor::System, &self.scope, promise).await?;
        }
        Ok(())
    }

    /// A call of which only the rows are left.
    async fn quiet(&mut self, n: usize) -> Result<()> {
        let story = Story::quiet(self, n)?;
        self.write(&story).await?;
        let after = story.ended + Duration::from_secs(20);
        for (_, offer) in &story.parts {
            let code = Some(["solved", "billing/invoice", "callback"][n % 3].to_owned());
            let part = ParticipationId(offer.0);
            self.pack.operations.set_disposition(after, &Actor::System, &self.scope, part, code, None).await?;
        }
        self.mark(after, story.conversation, &[]).await
    }

    async fn write(&mut self, story: &Story) -> Result<()> {
        let mut set = Set::new(self.pack.key.clone());
        story.write(&mut set, &mut self.ids, self.pack.account, self.pack.home)?;
        self.pack.operations.write_journal(&set).await?;
        self.talks.extend(story.talks.iter().copied());
        Ok(())
    }

    async fn mark(&mut self, at: Timestamp, conversation: ConversationId, names: &[String]) -> Result<()> {
        let mut wanted = BTreeSet::new();
        for name in names.iter().map(String::as_str).chain([TAG]) {
            wanted.insert(self.tag(name).await?);
        }
        Ok(self.pack.operations.set_tags(at, &Actor::System, &self.scope, conversation, &wanted).await?)
    }

    async fn tag(&mut self, name: &str) -> Result<TagId> {
        if let Some(id) = self.tags.get(name) {
            return Ok(*id);
        }
        let colour = if name == TAG { "#8c8c8c" } else { "#d46b08" };
        let edit = TagEdit { name: Some(name.to_owned()), colour: Some(Some(colour.to_owned())), active: None };
        let id =
            self.pack.operations.create_tag(self.pack.clock.now(), &Actor::System, self.pack.account, edit).await?;
        self.tags.insert(name.to_owned(), id);
        Ok(id)
    }

    /// So many days ago, at a time of the day.
    fn at(&self, day: u32, minutes: u32) -> Timestamp {
        let ago = Duration::from_secs(u64::from(day) * 24 * 3_600);
        Timestamp(self.midnight.0 - i64::try_from(ago.as_micros()).unwrap_or(0))
            + Duration::from_secs(u64::from(minutes) * 60)
    }
}

fn scope(account: AccountId) -> Scope {
    Scope { account, user: UserId(uuid::Uuid::nil()), agent: None, everyone: true, unmasked: true }
}
