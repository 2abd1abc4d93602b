//! Messages that callers left, heard by telephone: an agent dials a code, and the step `mailbox` asks here for one after the other.
//! They are those that make the light of that telephone shine ([`crate::tasks::lights`]), and everything is done by the use cases of
//! the console, in the agent's name: whoever hears a message has claimed it, and the playing stands in the audit.

use crate::desk::Desks;
use crate::outbound::{self, Wanted};
use crate::recordings::archive::{Cabinet, Haste};
use crate::tasks::rows::Rows;
use ringdesk_audio::Clip;
use ringdesk_language::{Unfilled, Value, fill};
use ringdesk_model::{
    Actor, AgentId, Clock as _, Ids, Language, LeftMessageId, Pii, RecordingId, Scope, Timestamp, mask_number,
};
use ringdesk_operations::OperationError;
use ringdesk_recordings::Format;
use ringdesk_storage::left_messages::{LeftMessageState, LeftMessageView};
use ringdesk_storage::recordings::RecordingState;
use ringdesk_voice::{Answer, LegId, Mailbox as Asked, PromptRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is said of a message that needs nothing else.
const HEARD: &str = "heard";
/// Of a WAV as it is rendered: 8 kHz, two sides of 16 bits, the caller's first.
const HEADER: u64 = 44;
const A_MILLISECOND: u64 = 32;
/// The longest part that is played: what is on the shelf is in memory.
const LONGEST_MS: u64 = 600_000;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Who hears messages now, by their leg: at most as many as there are calls.
#[derive(Default)]
pub(crate) struct Mailboxes(Mutex<BTreeMap<LegId, Arc<Mailbox>>>);

impl Mailboxes {
    pub(crate) fn open(&self, leg: LegId, mailbox: Mailbox) {
        self.all().insert(leg, Arc::new(mailbox));
    }

    pub(crate) fn of(&self, leg: LegId) -> Option<Arc<Mailbox>> {
        self.all().get(&leg).cloned()
    }

    /// The call is over: whoever is to be called back is called.
    pub(crate) fn closed(&self, leg: LegId) {
        let Some(mailbox) = self.all().remove(&leg) else { return };
        let wanted = mailbox.sheet().call_back.take();
        if let Some(wanted) = wanted {
            tokio::spawn(async move {
                let Keeper { rows, seeds, .. } = &mailbox.keeper;
                if let Err(why) = outbound::begin(&mailbox.desks, rows, seeds, wanted).await {
                    tracing::warn!(%why, "whoever left a message was not called back");
                }
            });
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<LegId, Arc<Mailbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What it takes to play messages and to call back.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub(crate) cabinet: Cabinet,
    pub(crate) rows: Rows,
    pub(crate) seeds: Arc<Mutex<Ids>>,
}

/// One agent at a telephone.
pub(crate) struct Mailbox {
    desks: Arc<Desks>,
    keeper: Keeper,
    agent: AgentId,
    /// Theirs, on which they are called when they want somebody called back.
    extension: String,
    actor: Actor,
    scope: Scope,
    language: Language,
    sheet: Mutex<Sheet>,
}

#[derive(Default)]
struct Sheet {
    /// How many there are was said.
    counted: bool,
    /// Heard in this call, or found in somebody else's hands.
    done: BTreeSet<LeftMessageId>,
    current: Option<LeftMessageView>,
    call_back: Option<Wanted>,
}

impl Mailbox {
    /// `None`: this agent hears no messages.
    pub(crate) async fn new(
        desks: &Arc<Desks>,
        keeper: &Keeper,
        agent: AgentId,
        language: Language,
    ) -> Result<Option<Mailbox>, OperationError> {
        let (operations, account) = desks.dialling.house();
        let extension = operations.extension_of(account, agent).await?.unwrap_or_default();
        let person = operations.agent_at_telephone(account, agent).await?;
        Ok(person.map(|(actor, scope)| Mailbox {
            desks: desks.clone(),
            keeper: keeper.clone(),
            agent,
            extension,
            actor,
            scope,
            language,
            sheet: Mutex::default(),
        }))
    }

    /// A question of the call. Whoever hangs up on a key has pressed it: what it asks for is carried out all the same.
    pub(crate) async fn asked(self: Arc<Self>, what: Asked) -> Answer {
        let done = tokio::spawn(async move {
            match what {
                Asked::Next => self.next().await,
                Asked::Close => self.close().await.map(|()| Answer::Done),
                Asked::CallBack => self.calls_back().await,
            }
        });
        match done.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(fault)) => {
                tracing::warn!(%fault, "a message by telephone");
                Answer::Failed
            }
            Err(_) => Answer::Failed,
        }
    }

    async fn next(&self) -> Result<Answer, OperationError> {
        let (operations, _) = self.desks.dialling.house();
        let mut all = operations.waiting_messages(&self.scope).await?;
        all.retain(|message| !self.sheet().done.contains(&message.id));
        let count = all.len();
        for message in all {
            self.sheet().done.insert(message.id);
            let now = self.desks.clock.now();
            if message.state == LeftMessageState::Open {
                match operations.claim_left_message(now, &self.actor, &self.scope, message.id, self.agent).await {
                    Ok(()) => {}
                    // Somebody else was faster.
                    Err(
                        OperationError::InHand(..)
                        | OperationError::Closed(_)
                        | OperationError::Changed(_)
                        | OperationError::NotFound(_),
                    ) => continue,
                    Err(fault) => return Err(fault),
                }
            }
            let sound = match message.recording {
                Some(recording) => self.sound(now, recording, &message).await,
                None => None,
            };
            let first = !std::mem::replace(&mut self.sheet().counted, true);
            let words = self.words(now, &message, first.then_some(count)).unwrap_or_else(|fault| {
                tracing::error!(%fault, "what is said of a message has a gap that nobody fills");
                String::new()
            });
            self.sheet().current = Some(message);
            return Ok(Answer::LeftMessage { words: Pii::new(words), sound });
        }
        self.sheet().current = None;
        Ok(Answer::Done)
    }

    /// On the shelf; `None`: it cannot be heard now.
    async fn sound(&self, now: Timestamp, id: RecordingId, message: &LeftMessageView) -> Option<PromptRef> {
        let (operations, _) = self.desks.dialling.house();
        let opened = operations.open_recording(now, &self.actor, &self.scope, id, "recording.play").await;
        let (row, _) = opened.inspect_err(|fault| tracing::warn!(%fault, "a message was not opened")).ok()?;
        if !matches!(row.state, RecordingState::Stored | RecordingState::Verified | RecordingState::Failed) {
            return None;
        }
        let made = self.keeper.cabinet.rendered(&row, Format::Wav, Haste::Now).await;
        let mut file = made.inspect_err(|fault| tracing::warn!(?fault, "a message was not rendered")).ok()?;
        let from = u64::try_from(message.from_ms).ok()?;
        let lasts = u64::try_from(message.to_ms).ok()?.checked_sub(from).filter(|ms| *ms > 0)?.min(LONGEST_MS);
        let (offset, length) = (HEADER + from * A_MILLISECOND, usize::try_from(lasts * A_MILLISECOND).ok()?);
        let read = tokio::task::spawn_blocking(move || file.read_at(offset, length)).await.ok()?;
        let bytes = read.inspect_err(|fault| tracing::warn!(%fault, "a message was not read")).ok()?;
        let caller: Vec<i16> = bytes.chunks_exact(4).map(|frame| i16::from_le_bytes([frame[0], frame[1]])).collect();
        let prompt = PromptRef::new(&format!("left/{}", message.id));
        self.desks.shelf.put(prompt.clone(), &Clip::new(caller));
        Some(prompt)
    }

    /// From whom, and since when; before the first, how many there are.
    fn words(&self, now: Timestamp, message: &LeftMessageView, count: Option<usize>) -> Result<String, Unfilled> {
        let texts = ringdesk_tts::texts(self.language);
        let said = |id: &str, values: &[(&str, Value)]| {
            fill(texts.get(id).map(String::as_str).unwrap_or_default(), self.language, values)
        };
        let age = Value::Duration(spoken_age(now.since(message.left_at)));
        let number = message.parties.from.reveal();
        let from = match self.scope.unmasked {
            _ if !number.chars().any(|c| c.is_ascii_digit()) => said("mailbox.from_unknown", &[("ago", age)]),
            true => said("mailbox.from", &[("number", Value::Phone(number.clone())), ("ago", age)]),
            false => {
                let ending = Value::Digits(shown_ending(number));
                said("mailbox.from_masked", &[("number", ending), ("ago", age)])
            }
        }?;
        match count {
            Some(count) => {
                let count = Value::Number(i64::try_from(count).unwrap_or(i64::MAX));
                Ok(format!("{} {from}", said("mailbox.waiting", &[("count", count)])?))
            }
            None => Ok(from),
        }
    }

    /// With the word that it was heard, where the queue knows it; else without any, where it wants none.
    async fn close(&self) -> Result<(), OperationError> {
        let (operations, _) = self.desks.dialling.house();
        let Some(message) = self.sheet().current.clone() else { return Err(OperationError::NotFound("message")) };
        let close = async |word: Option<String>| {
            let (now, which) = (self.desks.clock.now(), (message.id, false));
            operations.close_left_message(now, &self.actor, &self.scope, which, word, None).await
        };
        match close(Some(HEARD.to_owned())).await {
            Ok(()) => Ok(()),
            Err(_) => close(None).await,
        }
    }

    /// Noted; they are called when this call is over.
    async fn calls_back(&self) -> Result<Answer, OperationError> {
        let (operations, account) = self.desks.dialling.house();
        let Some(message) = self.sheet().current.clone() else { return Ok(Answer::Failed) };
        let dialled = message.parties.from.clone();
        if dialled.reveal().is_empty() || outbound::target(&self.desks, &dialled).await.is_err() {
            return Ok(Answer::Failed);
        }
        let queue = message.queue;
        let out = match operations.calls_out_as(account, self.agent, queue, None).await {
            // It came to a queue of a colleague's, who gave it on.
            Err(OperationError::NotFound(_)) => operations.calls_out_as(account, self.agent, None, None).await?,
            out => out?,
        };
        let shown = if self.scope.unmasked { dialled.reveal().clone() } else { mask_number(dialled.reveal()) };
        let (agent, extension, (queue, caller_id)) = (self.agent, self.extension.clone(), out);
        let wanted = Wanted { agent, extension, dialled, caller_id, shown, queue, device: None };
        self.sheet().call_back = Some(wanted);
        Ok(Answer::Done)
    }

    fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.sheet.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In minutes up to an hour, then in hours: nobody counts seconds of a message.
fn spoken_age(age: Duration) -> Duration {
    let seconds = age.as_secs();
    let unit = if seconds < HOUR { MINUTE } else { HOUR };
    Duration::from_secs((seconds / unit).max(1) * unit)
}

/// What a masked number still shows at its end.
fn shown_ending(number: &str) -> String {
    let masked = mask_number(number);
    let ending = masked.rsplit(|c: char| !c.is_ascii_digit()).next();
    ending.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S2.12, S12.6
    #[test]
    fn what_is_said_of_a_message_is_short_and_masked() {
        for (seconds, said) in [(0, 60), (59, 60), (119, 60), (3_599, 3_540), (3_600, 3_600), (100_000, 97_200)] {
            assert_eq!(spoken_age(Duration::from_secs(seconds)), Duration::from_secs(said), "{seconds}");
        }
        for (number, ending) in [("+8615112345678", "678"), ("015112345678", "678"), ("2001", "2001")] {
            assert_eq!(shown_ending(number), ending, "{number}");
        }
    }
}
