//! The pack of a demo: fourteen days of calls in English and Chinese, so that there is something to look at in the first ten
//! minutes. Marked by the tag `demo`, and taken away by one request.
//!
//! Nothing of it is painted: calls leave their rows the way calls do, recordings go through the recorder, so that they verify,
//! and what is heard is what the transcript says, spoken by the house's own speech engine.
//!
//! Reading order: here (what is loaded), [`script`] (who says what), [`story`] (the facts of a call), [`sound`] (its recording),
//! [`shifts`] (when the agents were there), [`help_desk`] (what colleagues asked).

pub(crate) mod crowd;
mod help_desk;
pub(crate) mod script;
mod shifts;
pub(crate) mod sound;
mod story;

use anyhow::{Context as _, Result};
use ringdesk_conversations::Country;
use ringdesk_model::{
    AccountId, Actor, AgentId, Clock as _, ConversationId, Ids, InboxId, ParticipationId, Pii, QueueId, Scope, TagId,
    Timestamp, UserId, WallClock,
};
use ringdesk_operations::Operations;
use ringdesk_operations::callbacks::{CallWhom, NewCallback};
use ringdesk_operations::tags::TagEdit;
use ringdesk_recordings::Folder;
use ringdesk_storage::journal::Set;
use ringdesk_tts::Speaker;
use ringdesk_vault::AccountKey;
use script::{Kind, Scripted};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use story::Story;
use tokio::sync::mpsc;

/// By which everything of the pack is known.
pub(crate) const TAG: &str = "demo";
/// What the callers have dialled.
pub(crate) const NUMBER: &str = "1000";
/// Calls without sound, beside the scripted ones.
const QUIET: usize = 45;
const HOUR: Duration = Duration::from_secs(3_600);

/// What loading needs of the house.
#[derive(Clone)]
pub(crate) struct Pack {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) key: Arc<AccountKey>,
    pub(crate) clock: WallClock,
    pub(crate) speaker: Speaker,
    pub(crate) folder: Folder,
    pub(crate) home: Country,
}

/// Load it, if the centre is as it was made: somebody who took the pack away does not get it back unasked. Gives how many
/// conversations it has.
pub(crate) async fn load(pack: &Pack) -> Result<usize> {
    if pack.operations.tags(pack.account).await?.iter().any(|tag| tag.name == TAG) {
        return Ok(0);
    }
    make(pack).await
}

/// Make it, whatever was there before.
pub(crate) async fn make(pack: &Pack) -> Result<usize> {
    let begun = pack.clock.now();
    let mut loading = Loading::begin(pack).await?;
    loading.tag(TAG).await?;
    // The engine speaks what comes next while this is written: it is what takes the time.
    let (told, mut spoken) = mpsc::channel(AHEAD);
    tokio::spawn(speak_all(pack.speaker.clone(), script::all()?, told));
    let recorder = sound::Studio::open(&loading.pack)?;
    let mut count = 0;
    for n in 0..QUIET {
        loading.quiet(n).await?;
        count += 1;
    }
    while let Some((scripted, said)) = spoken.recv().await {
        let of = || format!("the call of {}", scripted.from);
        loading.scripted(&scripted, said.with_context(of)?, &recorder).await.with_context(of)?;
        count += 1;
    }
    shifts::write(&mut loading).await?;
    count += help_desk::write(&mut loading).await?;
    let ms = loading.pack.clock.now().since(begun).as_millis() as u64;
    tracing::info!(conversations = count, ms, "the demo has something to look at");
    Ok(count)
}

/// Scripted calls that are spoken and wait to be written.
const AHEAD: usize = 4;

/// As many at once as the engine takes; they come in the order in which they were written down.
async fn speak_all(speaker: Speaker, scripts: Vec<Scripted>, told: mpsc::Sender<(Scripted, Result<sound::Spoken>)>) {
    let mut begun = VecDeque::new();
    for scripted in scripts {
        let speaker = speaker.clone();
        begun.push_back(tokio::spawn(async move {
            let said = sound::speak(&speaker, &scripted).await;
            (scripted, said)
        }));
        if begun.len() > AHEAD
            && let Some(first) = begun.pop_front()
            && let Ok(said) = first.await
            && told.send(said).await.is_err()
        {
            return; // whoever wrote has given up
        }
    }
    for one in begun {
        let Ok(said) = one.await else { continue };
        if told.send(said).await.is_err() {
            return;
        }
    }
}

pub(crate) struct Loading {
    pack: Pack,
    ids: Ids,
    /// Of today.
    midnight: Timestamp,
    scope: Scope,
    /// By which they called.
    inbox: Option<InboxId>,
    queues: BTreeMap<String, QueueId>,
    agents: BTreeMap<String, AgentId>,
    tags: BTreeMap<String, TagId>,
    /// Who talked from when to when.
    talks: Vec<(AgentId, Timestamp, Timestamp)>,
}

impl Loading {
    async fn begin(pack: &Pack) -> Result<Loading> {
        let scope = scope(pack.account);
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
        let inboxes = pack.operations.inboxes(&scope).await?;
        let inbox =
            inboxes.iter().find(|inbox| inbox.numbers.iter().any(|number| number == NUMBER)).map(|inbox| inbox.id);
        let now = pack.clock.now();
        Ok(Loading {
            ids: Ids::seeded(pack.operations.id::<uuid::Uuid>(now).as_u128() as u64),
            midnight: Timestamp(now.0.div_euclid(24 * 3_600_000_000) * 24 * 3_600_000_000),
            pack: pack.clone(),
            scope,
            inbox,
            queues,
            agents,
            tags: BTreeMap::new(),
            talks: Vec::new(),
        })
    }

    async fn scripted(&mut self, script: &Scripted, spoken: sound::Spoken, studio: &sound::Studio) -> Result<()> {
        let start = self.at(script.day, script.minutes()?);
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
        story.write(&mut set, &mut self.ids, self.pack.account, self.inbox, self.pack.home)?;
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
        let id = tag(&self.pack.operations, self.pack.account, self.pack.clock.now(), name).await?;
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

/// The tag of this name; made, if need be.
pub(crate) async fn tag(operations: &Operations, account: AccountId, now: Timestamp, name: &str) -> Result<TagId> {
    if let Some(known) = operations.tags(account).await?.into_iter().find(|tag| tag.name == name) {
        return Ok(known.id);
    }
    let colour = if name == TAG { "#8c8c8c" } else { "#d46b08" };
    let edit = TagEdit { name: Some(name.to_owned()), colour: Some(Some(colour.to_owned())), ..TagEdit::default() };
    Ok(operations.create_tag(now, &Actor::System, account, edit).await?)
}

fn scope(account: AccountId) -> Scope {
    Scope { account, user: UserId(uuid::Uuid::nil()), agent: None, everyone: true, unmasked: true }
}
