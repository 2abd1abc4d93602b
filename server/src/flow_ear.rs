//! What a flow has the caller say: the step `listen` asks ([`FlowEar::asked`]); the sound is what the call's tap copies, cut into utterances and
//! understood as captions are. Nothing of it is kept here but the words, by the flow.

use crate::desk::Desks;
use crate::recordings::taps::Listener as Tapping;
use ringdesk_asr::listener::{Listener, every_coding};
use ringdesk_asr::vad::Settings;
use ringdesk_asr::{Ask, Cut, NotHeard, Purpose, Utterance};
use ringdesk_model::{CallId, Clock as _, Full, Language, Outlet, Pii, Timestamp};
use ringdesk_voice::{Answer, Listening, Tapped, Track};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Packets of the longest sentence: a minute of the shortest there are. What does not fit is not heard.
const ROOM: usize = 6_500;
/// For the recogniser to say whether anybody understands a language. Who does not know yet may know when the caller has spoken.
const KNOWS: Duration = Duration::from_millis(500);

/// The ear of one call's flow.
#[derive(Default)]
pub(crate) struct FlowEar(Mutex<Option<Sound>>);

struct Sound {
    since: Timestamp,
    packets: mpsc::Receiver<Tapped>,
}

impl FlowEar {
    /// A question of the call's flow.
    pub(crate) async fn asked(&self, desks: &Desks, call: CallId, what: Listening) -> Answer {
        let (recordings, now) = (&desks.recordings, desks.clock.now());
        match what {
            Listening::Begin(language) => {
                let engines = recordings.hearing.recogniser.choose(language, None);
                if let Ok(Err(NotHeard::NoEngine { .. })) = tokio::time::timeout(KNOWS, engines).await {
                    return Answer::Failed;
                }
                let (put, packets) = mpsc::channel(ROOM);
                self.becomes(Some(Sound { since: now, packets }));
                let outlet = Outlet::new(move |tapped| put.try_send(tapped).map_err(|full| Full(full.into_inner())));
                recordings.taps.listen(call, Tapping::Flow, outlet);
                Answer::Recording
            }
            Listening::Hear(language) => {
                recordings.taps.leave(call, Tapping::Flow);
                let Some(sound) = self.becomes(None) else { return Answer::Failed };
                match understood(desks, sound, now, language).await {
                    Ok(words) if words.is_empty() => Answer::Failed,
                    Ok(words) => Answer::Heard(Pii::new(words.join(" "))),
                    Err(why) => {
                        tracing::warn!(call.id = %call, %why, "what a caller said to a flow was not understood");
                        Answer::Failed
                    }
                }
            }
        }
    }

    fn becomes(&self, sound: Option<Sound>) -> Option<Sound> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), sound)
    }
}

/// Sentence by sentence.
async fn understood(desks: &Desks, sound: Sound, now: Timestamp, language: Language) -> Result<Vec<String>, NotHeard> {
    let recogniser = &desks.recordings.hearing.recogniser;
    let mut words = Vec::new();
    for utterance in utterances(sound, now) {
        let ask = Ask::about(&utterance, Purpose::Bot, language, &[]);
        let heard = recogniser.recognise(&utterance.clip, &ask).await?;
        let said = heard.segments.into_iter().map(|segment| segment.text.reveal().trim().to_owned());
        words.extend(said.filter(|text| !text.is_empty()));
    }
    Ok(words)
}

fn utterances(sound: Sound, now: Timestamp) -> Vec<Utterance> {
    let Sound { since, mut packets } = sound;
    packets.close();
    let mut listener = Listener::new(since, Settings::default(), every_coding);
    let mut legs = BTreeSet::new();
    while let Ok(tapped) = packets.try_recv() {
        match &tapped {
            Tapped::Packet { track: Track::Leg(leg), .. } => drop(legs.insert(*leg)),
            _ => continue,
        }
        listener.handle_input(tapped);
    }
    for leg in legs {
        listener.handle_input(Tapped::Ended { leg, at: now });
    }
    let said = std::iter::from_fn(|| listener.poll_output());
    let said = said.filter_map(|(_, cut)| if let Cut::Said(utterance) = cut { Some(utterance) } else { None });
    said.collect()
}
