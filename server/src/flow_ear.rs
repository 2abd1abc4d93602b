//! What a flow has the caller say: the step `listen` asks ([`FlowEar::asked`]); the sound is what the call's tap copies, cut into utterances
//! while it comes and understood as captions are. Nothing of it is kept here but the words, by the flow.

use crate::desk::Desks;
use crate::recordings::Taps;
use crate::recordings::taps::Listener as Tapping;
use ringdesk_asr::listener::{Listener, every_coding};
use ringdesk_asr::vad::Settings;
use ringdesk_asr::{Ask, Cut, NotHeard, Purpose, Utterance};
use ringdesk_model::{CallId, Clock as _, Full, Language, Outlet, Pii, Timestamp};
use ringdesk_voice::{Answer, LegId, Listening, Tapped, Track};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Packets that wait for the ear: ten seconds of the usual ones, on a machine that stands still. What does not fit is not heard.
const ROOM: usize = 512;
/// Utterances of one answer; of more, the last.
const MOST: usize = 16;
/// For the recogniser to say whether anybody understands a language. Who does not know yet may know when the caller has spoken.
const KNOWS: Duration = Duration::from_millis(500);
/// The flow learns that late, on a busy machine, that its question is over: an answer that was said and over in this time counts.
const LATE: Duration = Duration::from_millis(1_000);
/// A pause in an answer. Engines understand a sentence better than its pieces, and the flow itself waits for its end.
const PAUSE_MS: u64 = 1_200;

/// The ear of one call's flow.
#[derive(Default)]
pub(crate) struct FlowEar(Mutex<Option<Along>>);

/// It listens along until it is told to stop, or dropped.
struct Along {
    since: Timestamp,
    stop: oneshot::Sender<Timestamp>,
    heard: JoinHandle<VecDeque<Utterance>>,
}

impl FlowEar {
    /// Listen from now on; what was heard before is forgotten.
    pub(crate) fn begin(&self, desks: &Desks, call: CallId) {
        let (put, packets) = mpsc::channel(ROOM);
        let (stop, stopped) = oneshot::channel();
        let since = desks.clock.now();
        let heard = tokio::spawn(listen(since, packets, stopped));
        self.becomes(Some(Along { since, stop, heard }));
        let outlet = Outlet::new(move |tapped| put.try_send(tapped).map_err(|full| Full(full.into_inner())));
        desks.recordings.taps.listen(call, Tapping::Flow, outlet);
    }

    /// The flow has gone on: nobody wants to know any more.
    pub(crate) fn rest(&self, taps: &Taps, call: CallId) {
        if self.becomes(None).is_some() {
            taps.leave(call, Tapping::Flow);
        }
    }

    /// A question of the call's flow. [`FlowEar::begin`] comes before `Begin`.
    pub(crate) async fn asked(&self, desks: &Desks, call: CallId, what: Listening) -> Answer {
        let recordings = &desks.recordings;
        match what {
            Listening::Begin(language) => {
                let engines = recordings.hearing.recogniser.choose(language, None);
                if let Ok(Err(NotHeard::NoEngine { .. })) = tokio::time::timeout(KNOWS, engines).await {
                    self.rest(&recordings.taps, call);
                    return Answer::Failed;
                }
                Answer::Recording
            }
            Listening::Hear { language, since } => {
                let Some(along) = self.becomes(None) else { return Answer::Failed };
                recordings.taps.leave(call, Tapping::Flow);
                let said = along.said(desks.clock.now(), since).await;
                match understood(desks, said, language).await {
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

    fn becomes(&self, along: Option<Along>) -> Option<Along> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), along)
    }
}

impl Along {
    /// All but what was over before the question was.
    async fn said(self, now: Timestamp, since: Timestamp) -> VecDeque<Utterance> {
        // It ends by itself only when it fails.
        let _ = self.stop.send(now);
        let mut said = self.heard.await.unwrap_or_default();
        let from = since.since(self.since).saturating_sub(LATE).as_millis();
        said.retain(|utterance| u128::from(utterance.end_ms) >= from);
        said
    }
}

/// All that was said, whole as far as somebody understands it. Err: there was something, and nobody understood any of it.
async fn understood(desks: &Desks, said: VecDeque<Utterance>, language: Language) -> Result<Vec<String>, NotHeard> {
    let recogniser = &desks.recordings.hearing.recogniser;
    let (mut words, mut fault) = (Vec::new(), None);
    for utterance in said {
        let ask = Ask::about(&utterance, Purpose::Bot, language, &[]);
        match recogniser.recognise(&utterance.clip, &ask).await {
            Ok(heard) => {
                let said = heard.segments.into_iter().map(|segment| segment.text.reveal().trim().to_owned());
                words.extend(said.filter(|text| !text.is_empty()));
            }
            // A cough must not take the sentence along.
            Err(why) => fault = Some(why),
        }
    }
    match fault {
        Some(why) if words.is_empty() => Err(why),
        _ => Ok(words),
    }
}

/// Sentence by sentence, until somebody says stop, or goes.
async fn listen(
    since: Timestamp,
    mut packets: mpsc::Receiver<Tapped>,
    mut stop: oneshot::Receiver<Timestamp>,
) -> VecDeque<Utterance> {
    let settings = Settings { hang_over_ms: PAUSE_MS, ..Settings::default() };
    let mut ear =
        Ear { listener: Listener::new(since, settings, every_coding), legs: BTreeSet::new(), said: VecDeque::new() };
    let end = loop {
        tokio::select! {
            stopped = &mut stop => break stopped.ok(),
            tapped = packets.recv() => match tapped {
                Some(tapped) => ear.hears(tapped),
                // Whoever listens to the call has changed; what was heard is wanted all the same.
                None => break (&mut stop).await.ok(),
            },
        }
    };
    packets.close();
    while let Ok(tapped) = packets.try_recv() {
        ear.hears(tapped);
    }
    end.map(|at| ear.ends(at)).unwrap_or_default()
}

struct Ear {
    listener: Listener,
    legs: BTreeSet<LegId>,
    said: VecDeque<Utterance>,
}

impl Ear {
    fn hears(&mut self, tapped: Tapped) {
        if let Tapped::Packet { track: Track::Leg(leg), .. } = &tapped {
            self.legs.insert(*leg);
        }
        self.listener.handle_input(tapped);
        while let Some((_, cut)) = self.listener.poll_output() {
            if let Cut::Said(utterance) = cut {
                if self.said.len() == MOST {
                    self.said.pop_front();
                }
                self.said.push_back(utterance);
            }
        }
    }

    fn ends(mut self, at: Timestamp) -> VecDeque<Utterance> {
        for leg in std::mem::take(&mut self.legs) {
            self.hears(Tapped::Ended { leg, at });
        }
        self.said
    }
}

#[cfg(test)]
mod tests;
