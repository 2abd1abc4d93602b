//! What media works with: its interfaces, and what it can play from the first call on.

use crate::Config;
use crate::trunk_test::TEST_TONE;
use ringdesk_media::{Interface, Shelf};
use ringdesk_signaling::Signaling;
use ringdesk_tts::PromptLibrary;
use ringdesk_voice::PromptRef;

/// The ringing tone, as loud as networks make it.
const RINGBACK_DBFS: f32 = -20.0;
/// The tone after which a caller leaves a message.
const TONE_HZ: f32 = 1_000.0;
const TONE_DBFS: f32 = -15.0;
/// What a call that tries a trunk lets the other side hear (O.6: no whole part of the sampling rate).
const TEST_HZ: f32 = 1_004.0;

/// As configured, where signaling is bound.
pub(super) fn config(house: &Config, signaling: &Signaling) -> ringdesk_media::Config {
    let mut config = house.media.clone();
    let pairs = signaling.interfaces().iter().zip(&house.signaling.interface);
    config.interfaces = pairs
        .map(|(bound, configured)| {
            let bind = configured.addresses().next().map_or(bound.media, |a| a.ip());
            Interface { bind, advertise: Some(bound.media) }
        })
        .collect();
    config
}

/// Put every prompt without variables on media's shelf, the music, and the tone of the country's network.
pub(super) async fn fill_shelf(shelf: &Shelf, library: &PromptLibrary, country: &str) {
    use ringdesk_audio::tone::{Country, Progress, progress};
    let country = Country::parse(country).unwrap_or_default();
    shelf.pin(PromptRef::new(ringdesk_voice::MUSIC), &ringdesk_audio::music::hold());
    shelf.pin(PromptRef::new(ringdesk_voice::RINGBACK), &progress(country, Progress::Ringback, RINGBACK_DBFS));
    let tone = ringdesk_audio::tone::sine(TONE_HZ, TONE_DBFS, ringdesk_audio::RATE, ringdesk_audio::RATE as usize / 2);
    shelf.pin(PromptRef::new(ringdesk_voice::TONE), &ringdesk_audio::Clip::new(tone));
    let tone = ringdesk_audio::tone::sine(TEST_HZ, TONE_DBFS, ringdesk_audio::RATE, ringdesk_audio::RATE as usize);
    shelf.pin(PromptRef::new(TEST_TONE), &ringdesk_audio::Clip::new(tone));
    for language in ringdesk_tts::library::LANGUAGES {
        let mut missing = 0;
        for (id, text) in ringdesk_tts::texts(language).iter().filter(|(_, text)| !text.contains('{')) {
            match library.render(language, id, text).await {
                Ok(clip) => shelf.pin(ringdesk_ivr::prompt::shelf_name(language, id), &clip),
                Err(fault) => {
                    missing += 1;
                    tracing::warn!(prompt = id, language = language.as_str(), %fault, "a prompt has no sound");
                }
            }
        }
        metrics::gauge!("speech_prompts_missing", "language" => language.as_str()).set(f64::from(missing));
    }
}
