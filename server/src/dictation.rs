//! Prompts that somebody speaks into a telephone. The house calls them; the step `dictate` leads through it and asks ([`Dictation::asked`]); the
//! sound is what the call's tap copies, read ([`spoken`]) and judged exactly as an upload is.
//!
//! What was spoken and neither kept nor thrown away (who hangs up after the last word) is laid by: a take that can be chosen in the
//! console, and that no caller hears before.

mod spoken;

use crate::desk::Desks;
use crate::outbound::{self, NotMade};
use crate::prompts::PromptDesk;
use crate::recordings::taps::Listener;
use ringdesk_agent_gateway::prompts::{DictationWish, PromptFault};
use ringdesk_ivr::Flow;
use ringdesk_media::Shelf;
use ringdesk_model::{AccountId, Actor, CallId, Clock as _, Full, Ids, Language, Outlet};
use ringdesk_operations::Operations;
use ringdesk_tts::Decoded;
use ringdesk_tts::takes::wav_bytes;
use ringdesk_voice::{Answer, PromptRef, Spoken, Tapped};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Packets of one take: three minutes of the shortest there are. What does not fit is lost, as silence in the take.
const ROOM: usize = 20_000;
/// A shorter one is a slip of the finger.
const LEAST: Duration = Duration::from_millis(500);

/// Into which prompts can be spoken. Clones share it.
#[derive(Clone)]
pub(crate) struct Telephones(Arc<House>);

struct House {
    desks: Arc<Desks>,
    seeds: Arc<Mutex<Ids>>,
    operations: Arc<Operations>,
    account: AccountId,
}

/// One prompt that is being spoken.
pub(crate) struct Dictation {
    prompts: PromptDesk,
    house: Arc<House>,
    language: Language,
    id: String,
    actor: Actor,
    by: String,
    sheet: Mutex<Sheet>,
}

#[derive(Default)]
enum Sheet {
    #[default]
    Empty,
    /// Being spoken.
    Open(mpsc::Receiver<Tapped>),
    Read(Box<Decoded>),
}

impl Telephones {
    pub(crate) fn new(
        desks: Arc<Desks>,
        seeds: Arc<Mutex<Ids>>,
        operations: Arc<Operations>,
        account: AccountId,
    ) -> Telephones {
        Telephones(Arc::new(House { desks, seeds, operations, account }))
    }

    /// Call whoever is to speak it.
    pub(crate) async fn dictate(&self, dictation: Dictation, wish: DictationWish) -> Result<(), PromptFault> {
        let House { desks, seeds, .. } = &*self.0;
        if desks.is_draining() {
            return Err(PromptFault::Refused("the server is being stopped".into()));
        }
        let hears = desks.devices.language(&wish.extension);
        let name = announced(hears, wish.language, &wish.id);
        let document = json!({ "name": "a prompt by telephone", "language": hears, "start": "answer", "steps": {
            "answer": { "kind": "answer", "next": "dictate" },
            "dictate": { "kind": "dictate", "name": { "text": name } },
        } });
        let flow = Flow::parse(&document.to_string()).map_err(|fault| PromptFault::Broken(fault.to_string()))?;
        let whom = (wish.agent, wish.extension.as_str(), wish.id.as_str());
        let called = outbound::dictate(desks, seeds, whom, (flow, hears), Arc::new(dictation)).await;
        called.map(drop).map_err(|why| match why {
            NotMade::NoTelephone => PromptFault::Refused("no telephone of this extension is registered".into()),
            why => PromptFault::Broken(why.to_string()),
        })
    }
}

/// What is recorded, to whoever speaks it.
fn announced(hears: Language, of: Language, id: &str) -> String {
    let id = id.replace(['.', '_'], " ");
    match (hears, of) {
        (Language::ZhCn, Language::ZhCn) => format!("录制提示音 {id}，中文。"),
        (Language::ZhCn, _) => format!("录制提示音 {id}，英语。"),
        (_, Language::ZhCn) => format!("Recording {id}, in Chinese."),
        _ => format!("Recording {id}, in English."),
    }
}

impl Dictation {
    pub(crate) fn new(prompts: PromptDesk, telephones: &Telephones, wish: &DictationWish) -> Dictation {
        Dictation {
            prompts,
            house: telephones.0.clone(),
            language: wish.language,
            id: wish.id.clone(),
            actor: wish.actor.clone(),
            by: wish.by.clone(),
            sheet: Mutex::default(),
        }
    }

    /// A question of the call into which it is spoken.
    pub(crate) async fn asked(self: Arc<Self>, call: CallId, what: ringdesk_voice::Dictation) -> Answer {
        use ringdesk_voice::Dictation as Asked;
        let taps = &self.house.desks.recordings.taps;
        match what {
            Asked::Begin => {
                let (put, sound) = mpsc::channel(ROOM);
                self.becomes(Sheet::Open(sound));
                let outlet = Outlet::new(move |tapped| put.try_send(tapped).map_err(|full| Full(full.into_inner())));
                taps.listen(call, Listener::Dictation, outlet);
                Answer::Recording
            }
            Asked::Hear => {
                taps.leave(call, Listener::Dictation);
                let Some(decoded) = read(self.becomes(Sheet::Empty)).await else { return Answer::Failed };
                let (prompt, duration) = (PromptRef::new(&format!("dictation/{call}")), decoded.duration());
                self.shelf().put(prompt.clone(), &decoded.clip);
                self.becomes(Sheet::Read(Box::new(decoded)));
                Answer::Spoken(Spoken { prompt, duration })
            }
            Asked::Keep => match self.becomes(Sheet::Empty) {
                // Whoever hangs up on the key has kept it all the same.
                Sheet::Read(decoded) => match tokio::spawn(self.keep(*decoded, true)).await {
                    Ok(true) => Answer::Done,
                    Ok(false) | Err(_) => Answer::Failed,
                },
                Sheet::Empty | Sheet::Open(_) => Answer::Failed,
            },
            Asked::Discard => {
                self.becomes(Sheet::Empty);
                Answer::Done
            }
        }
    }

    /// The call is over.
    pub(crate) fn closed(self: Arc<Self>) {
        let left = self.becomes(Sheet::Empty);
        if matches!(left, Sheet::Empty) {
            return;
        }
        tokio::spawn(async move {
            if let Some(decoded) = read(left).await {
                self.keep(decoded, false).await;
            }
        });
    }

    async fn keep(self: Arc<Self>, sound: Decoded, is_heard: bool) -> bool {
        let number = match self.prompts.spoken((self.language, &self.id), sound, self.by.clone(), is_heard).await {
            Ok(number) => number,
            Err(why) => {
                tracing::warn!(prompt = self.id, ?why, "a prompt by telephone could not be kept");
                return false;
            }
        };
        let House { desks, operations, account, .. } = &*self.house;
        let act = if is_heard { "prompt.take" } else { "prompt.lay_by" };
        let what = (act, self.language.as_str(), self.id.as_str());
        if let Err(fault) =
            operations.prompt_changed(desks.clock.now(), &self.actor, *account, what, Some(number)).await
        {
            tracing::error!(prompt = self.id, %fault, "that a prompt changed could not be written down");
        }
        true
    }

    fn becomes(&self, sheet: Sheet) -> Sheet {
        std::mem::replace(&mut *self.sheet.lock().unwrap_or_else(PoisonError::into_inner), sheet)
    }

    fn shelf(&self) -> &Shelf {
        &self.house.desks.shelf
    }
}

/// What callers would hear of it; nothing, where an upload would be refused, too.
async fn read(sheet: Sheet) -> Option<Decoded> {
    let mut sound = match sheet {
        Sheet::Empty => return None,
        Sheet::Read(decoded) => return Some(*decoded),
        Sheet::Open(sound) => sound,
    };
    sound.close();
    let decoded = tokio::task::spawn_blocking(move || {
        let mut packets = Vec::new();
        while let Ok(tapped) = sound.try_recv() {
            packets.push(tapped);
        }
        ringdesk_tts::decode(&wav_bytes(&spoken::clip(packets)))
    });
    let decoded = decoded.await.ok()?.inspect_err(|why| tracing::debug!(%why, "nothing was spoken")).ok()?;
    (decoded.duration() >= LEAST).then_some(decoded)
}
