//! Prompts by API: the library on the disk, and what callers hear of it at once.

use crate::dictation::{Dictation, Telephones};
use ringdesk_agent_gateway::orders::Reply;
use ringdesk_agent_gateway::prompts::{
    DictationWish, PromptFault, PromptLanguage, PromptListed, PromptTake, PromptTakes, Prompts,
};
use ringdesk_audio::Clip;
use ringdesk_ivr::prompt::shelf_name;
use ringdesk_media::Shelf;
use ringdesk_model::{Clock as _, Language, WallClock};
use ringdesk_tts::takes::{Take, TakeFault, wav_bytes};
use ringdesk_tts::{Decoded, PromptLibrary};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Uploads that are decoded at a time: each holds a processor.
const AT_A_TIME: usize = 2;
/// What is on the shelf of a prompt that says nothing.
const NOTHING: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) struct PromptDesk {
    library: PromptLibrary,
    shelf: Shelf,
    clock: WallClock,
    places: Arc<Semaphore>,
    /// Into which prompts can be spoken.
    telephones: Option<Telephones>,
}

impl PromptDesk {
    pub(crate) fn new(library: PromptLibrary, shelf: Shelf, clock: WallClock) -> PromptDesk {
        PromptDesk { library, shelf, clock, places: Arc::new(Semaphore::new(AT_A_TIME)), telephones: None }
    }

    /// The same where prompts can be spoken into telephones, too.
    pub(crate) fn with_telephones(self, telephones: Telephones) -> PromptDesk {
        PromptDesk { telephones: Some(telephones), ..self }
    }

    /// One more take by telephone. Gives its number.
    pub(crate) async fn spoken(
        &self,
        (language, id): (Language, &str),
        sound: Decoded,
        by: String,
        is_heard: bool,
    ) -> Result<u32, PromptFault> {
        let (named, now) = (id.to_owned(), self.clock.now().as_millis());
        let made = self.slowly(move |library| {
            let (of, made) = ((language, named.as_str()), ("telephone", Some(by), now));
            match is_heard {
                true => library.add_take(of, &sound, made),
                false => library.lay_by(of, &sound, made),
            }
        });
        let made = made.await?;
        if is_heard {
            self.on_the_shelf(language, id).await;
        }
        Ok(made.number)
    }

    /// Prompts of one's own, from the first call on.
    pub(crate) async fn fill_shelf(&self) {
        for id in self.library.own() {
            for language in ringdesk_tts::library::LANGUAGES {
                if let Some(clip) = self.library.recording(language, &id).await {
                    self.shelf.pin(shelf_name(language, &id), &clip);
                }
            }
        }
    }

    /// What callers hear now.
    async fn heard(&self, language: Language, id: &str) -> Option<Clip> {
        let texts = ringdesk_tts::texts(language);
        match texts.get(id) {
            Some(text) => self.library.render(language, id, text).await.ok(),
            None => self.library.recording(language, id).await,
        }
    }

    async fn on_the_shelf(&self, language: Language, id: &str) {
        let clip = self.heard(language, id).await.unwrap_or_else(|| Clip::silence(NOTHING));
        self.shelf.pin(shelf_name(language, id), &clip);
    }

    /// On a thread that nobody waits for.
    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce(PromptLibrary) -> Result<T, TakeFault> + Send + 'static,
    ) -> Result<T, PromptFault> {
        let closing = |_| PromptFault::Broken("the house is closing".into());
        let _place = self.places.acquire().await.map_err(|_| PromptFault::Broken("the house is closing".into()))?;
        let library = self.library.clone();
        tokio::task::spawn_blocking(move || work(library)).await.map_err(closing)?.map_err(fault)
    }
}

impl Prompts for PromptDesk {
    fn list(&self) -> Reply<Vec<PromptListed>> {
        let library = self.library.clone();
        Box::pin(async move {
            let listed = tokio::task::spawn_blocking(move || library.list()).await.unwrap_or_default();
            let shown = listed.into_iter().map(|one| PromptListed {
                id: one.id,
                of_house: one.of_house,
                variables: one.variables,
                languages: one
                    .languages
                    .into_iter()
                    .map(|(language, text, standing, take)| PromptLanguage {
                        language: language.as_str(),
                        text,
                        state: standing.as_str(),
                        take,
                    })
                    .collect(),
                used_by: Vec::new(),
            });
            shown.collect()
        })
    }

    fn takes(&self, language: Language, id: String) -> Reply<Result<PromptTakes, PromptFault>> {
        let desk = self.clone();
        Box::pin(async move {
            let takes = desk.slowly(move |library| library.takes(language, &id)).await?;
            Ok(PromptTakes { current: takes.current, takes: takes.takes.into_iter().map(take).collect() })
        })
    }

    fn add(
        &self,
        language: Language,
        id: String,
        sound: axum::body::Bytes,
        by: String,
    ) -> Reply<Result<PromptTake, PromptFault>> {
        let (desk, now) = (self.clone(), self.clock.now().as_millis());
        Box::pin(async move {
            let named = id.clone();
            let made = desk.slowly(move |library| {
                let decoded = ringdesk_tts::decode(&sound)?;
                library.add_take((language, &named), &decoded, ("upload", Some(by), now))
            });
            let made = made.await?;
            desk.on_the_shelf(language, &id).await;
            Ok(take(made))
        })
    }

    fn choose(&self, language: Language, id: String, number: u32) -> Reply<Result<(), PromptFault>> {
        let desk = self.clone();
        Box::pin(async move {
            let named = id.clone();
            desk.slowly(move |library| library.choose_take(language, &named, number).map(drop)).await?;
            desk.on_the_shelf(language, &id).await;
            Ok(())
        })
    }

    fn retire(&self, language: Language, id: String) -> Reply<Result<(), PromptFault>> {
        let desk = self.clone();
        Box::pin(async move {
            let named = id.clone();
            desk.slowly(move |library| library.retire(language, &named)).await?;
            desk.on_the_shelf(language, &id).await;
            Ok(())
        })
    }

    fn remove(&self, language: Language, id: String, number: u32) -> Reply<Result<(), PromptFault>> {
        let desk = self.clone();
        Box::pin(async move { desk.slowly(move |library| library.remove_take(language, &id, number)).await })
    }

    fn dictate(&self, wish: DictationWish) -> Reply<Result<(), PromptFault>> {
        let desk = self.clone();
        Box::pin(async move {
            let (language, id) = (wish.language, wish.id.clone());
            desk.slowly(move |library| library.takes_of(language, &id)).await?;
            let telephones = desk.telephones.clone().ok_or(PromptFault::NotFound("telephone"))?;
            telephones.dictate(Dictation::new(desk, &telephones, &wish), wish).await
        })
    }

    fn audio(&self, language: Language, id: String, number: Option<u32>) -> Reply<Result<Vec<u8>, PromptFault>> {
        let desk = self.clone();
        Box::pin(async move {
            let clip = match number {
                Some(number) => desk.slowly(move |library| library.take_sound(language, &id, number)).await?,
                None => desk.heard(language, &id).await.ok_or(PromptFault::NotFound("sound of this prompt"))?,
            };
            Ok(wav_bytes(&clip))
        })
    }
}

fn take(take: Take) -> PromptTake {
    PromptTake {
        number: take.number,
        made_at: take.made_at,
        made_by: take.made_by,
        way: take.way,
        kind: take.kind,
        rate: take.rate,
        duration_ms: take.duration_ms,
        gain: take.gain,
        sha256: take.sha256,
    }
}

fn fault(fault: TakeFault) -> PromptFault {
    match fault {
        TakeFault::Unknown(what) => PromptFault::NotFound(what),
        TakeFault::InUse | TakeFault::TooMany => PromptFault::Refused(fault.to_string()),
        TakeFault::Id(_) | TakeFault::Variables(_) => PromptFault::Invalid(fault.to_string()),
        TakeFault::Sound(sound) => PromptFault::Sound(sound.code(), sound.to_string()),
        TakeFault::Disk(why) => PromptFault::Broken(why),
    }
}
