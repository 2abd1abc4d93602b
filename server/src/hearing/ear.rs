//! The ear of one recorded call: its packets become utterances, these become captions. One task per recording; whatever
//! happens to it, the call does not know.

use super::outcome::not_heard;
use super::{Beginning, Hearing, Known, Tapping, named};
use crate::recordings::Taps;
use ringdesk_asr::listener::{Listener, every_coding};
use ringdesk_asr::vad::Settings;
use ringdesk_asr::{Ask, Cut, NotHeard, Purpose, Transcript, Utterance};
use ringdesk_model::{Clock as _, Language, Pii, QueueId, RecordingId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::transcripts::{Of, Said, Speaker};
use ringdesk_storage::transcripts::{NewTranscript, Outcome, Pass, TranscriptState};
use ringdesk_voice::{LegId, Tapped, Track};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Utterances of one call that are being recognised; one more is dropped, and still in the recording.
const MOST_ASKED: usize = 8;

/// What an ear has to know of its call. When nobody is left to tell it anything, the call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    Joined(LegId, Speaker),
    /// Somebody has music in their ears, and the other side of it is no talk.
    Held(LegId),
    Resumed(LegId),
    Queue(QueueId),
}

type Answered = (Speaker, u64, Result<Transcript, NotHeard>);

pub(super) struct Ear {
    hearing: Arc<Hearing>,
    taps: Taps,
    of: Of,
    recording: RecordingId,
    began: Timestamp,
    language: Language,
    queue: Option<QueueId>,
    listener: Listener,
    /// Whose legs are heard; what others send (a phone that still rings) is no part of the talk.
    parties: BTreeMap<LegId, Speaker>,
    held: BTreeSet<LegId>,
    asked: JoinSet<Answered>,
    tally: Tally,
}

/// After a store that did not answer.
const AGAIN: Duration = Duration::from_secs(2);

/// What became of the utterances.
#[derive(Default)]
struct Tally {
    engine: Option<String>,
    heard: u64,
    missed: u64,
    why: Option<NotHeard>,
    /// The journal had written the call's beginning.
    in_books: bool,
}

impl Ear {
    pub(super) fn new(hearing: Arc<Hearing>, taps: Taps, beginning: Beginning, known: &Known) -> Ear {
        let Beginning { call, conversation, recording, at, language } = beginning;
        let mut parties = known.parties.clone();
        parties.extend(known.caller.map(|leg| (leg, Speaker::Contact)));
        let transcript = hearing.operations.id(at);
        Ear {
            hearing,
            taps,
            of: Of { transcript, conversation, call },
            recording,
            began: at,
            language,
            queue: known.queue,
            listener: Listener::new(at, Settings::default(), every_coding),
            parties,
            held: known.held.clone(),
            asked: JoinSet::new(),
            tally: Tally::default(),
        }
    }

    pub(super) fn of(&self) -> Of {
        self.of
    }

    pub(super) async fn run(mut self, mut sound: mpsc::Receiver<Tapped>, mut news: mpsc::Receiver<News>) {
        let begun = self.begin().await;
        if !begun {
            self.taps.leave(self.of.call, Tapping::Recogniser);
            return;
        }
        self.deafen();
        loop {
            self.ask();
            let wake = self.listener.poll_timeout().map(|(at, _)| self.hearing.clock.instant(at));
            tokio::select! {
                told = news.recv() => {
                    // What was said before belongs to what was before.
                    while let Ok(tapped) = sound.try_recv() {
                        self.hear(tapped);
                    }
                    match told {
                        Some(told) => self.told(told),
                        None => break,
                    }
                }
                Some(tapped) = sound.recv() => self.hear(tapped),
                Some(done) = self.asked.join_next() => self.answered(done.ok()).await,
                () = crate::tasks::call::sleep_until(wake) => self.listener.handle_timeout(self.hearing.clock.now()),
            }
        }
        let now = self.hearing.clock.now();
        for leg in self.parties.keys().copied().collect::<Vec<_>>() {
            self.listener.handle_input(Tapped::Ended { leg, at: now });
        }
        self.ask();
        while let Some(done) = self.asked.join_next().await {
            self.answered(done.ok()).await;
        }
        self.end().await;
    }

    /// False: nobody will understand anything.
    async fn begin(&mut self) -> bool {
        let hearing = self.hearing.clone();
        hearing.learn().await;
        self.speak(self.queue);
        let engine = hearing.engine(self.language).await;
        let (state, reason) = match &engine {
            Err(why @ NotHeard::NoEngine { .. }) => (TranscriptState::NoEngine, Some(why.to_string())),
            Ok(_) | Err(_) => (TranscriptState::Running, None),
        };
        let new = NewTranscript {
            id: self.of.transcript,
            conversation: self.of.conversation,
            call: self.of.call,
            recording: Some(self.recording),
            pass: Pass::Live,
            engine: engine.clone().unwrap_or_default(),
            language: self.language.as_str().to_owned(),
            state,
            reason,
            at: self.began,
        };
        self.tally.engine = engine.ok().filter(|e| !e.is_empty());
        match hearing.operations.begin_transcript(hearing.clock.now(), hearing.account, &new).await {
            Ok(event) => hearing.wake(event),
            Err(fault) => {
                tracing::error!(call.id = %self.of.call, %fault, "a transcript could not be begun");
                return false;
            }
        }
        // A queue may bring a language that somebody understands.
        state == TranscriptState::Running || hearing.queues_have_languages()
    }

    fn hear(&mut self, tapped: Tapped) {
        if let Tapped::Packet { track, .. } = &tapped {
            match track {
                Track::Leg(leg) if self.parties.contains_key(leg) => {}
                Track::Leg(_) | Track::Player(_) => return,
            }
        }
        self.listener.handle_input(tapped);
    }

    fn told(&mut self, news: News) {
        match news {
            News::Joined(leg, speaker) => {
                self.parties.insert(leg, speaker);
                self.deafen();
            }
            News::Held(leg) => {
                self.held.insert(leg);
                self.deafen();
            }
            News::Resumed(leg) => {
                if self.held.remove(&leg) {
                    self.deafen();
                }
            }
            News::Queue(queue) => {
                self.queue = Some(queue);
                self.speak(self.queue);
            }
        }
    }

    /// In the queue's language, where it has one.
    fn speak(&mut self, queue: Option<QueueId>) {
        if let Some(language) = queue.and_then(|q| self.hearing.queue(q)).and_then(|q| q.language) {
            self.language = language;
        }
    }

    /// While somebody is on hold, there is music on one side and no talk on the other.
    fn deafen(&mut self) {
        let (deaf, now) = (!self.held.is_empty(), self.hearing.clock.now());
        for leg in self.parties.keys() {
            self.listener.set_deaf(*leg, deaf, now);
        }
    }

    /// Have recognised what was cut so far.
    fn ask(&mut self) {
        while let Some((track, cut)) = self.listener.poll_output() {
            let (Track::Leg(leg), Cut::Said(utterance)) = (track, cut) else { continue };
            let Some(speaker) = self.parties.get(&leg).copied() else { continue };
            if self.asked.len() >= MOST_ASKED {
                self.tally.missed(NotHeard::Dropped);
                continue;
            }
            let recogniser = self.hearing.recogniser.clone();
            let hot_words = self.hearing.hot_words(self.queue);
            let ask = Ask::about(&utterance, Purpose::Live, self.language, &hot_words);
            self.asked.spawn(async move {
                let Utterance { clip, start_ms, .. } = utterance;
                (speaker, start_ms, recogniser.recognise(&clip, &ask).await)
            });
        }
    }

    async fn answered(&mut self, done: Option<Answered>) {
        let Some((speaker, start_ms, answer)) = done else { return self.tally.missed(NotHeard::Closed) };
        let heard = match answer {
            Ok(heard) => heard,
            Err(why) => return self.tally.missed(why),
        };
        let now = self.hearing.clock.now();
        self.tally.heard += 1;
        self.tally.engine = Some(named(&heard.engine, &heard.model));
        if !self.tally.in_books {
            // A line is of a conversation that is in the store.
            self.hearing.journal.flushed().await;
            self.tally.in_books = true;
        }
        for segment in heard.segments {
            let segment = segment.shifted(start_ms);
            if let Some(said) = said(speaker, segment) {
                self.hearing.pen.put(self.of, self.began, now, said).await;
            }
        }
    }

    async fn end(self) {
        let Ear { hearing, of, language, tally, listener, .. } = self;
        let (unheard, lost) = listener.missed();
        metrics::counter!("asr_packets_unheard_total").increment(unheard + lost);
        hearing.pen.flushed().await;
        let (state, reason) = tally.judged();
        let engine = tally.engine.unwrap_or_default();
        let outcome = Outcome { engine, language: language.as_str().to_owned(), state, reason };
        hearing.ended(&of, &outcome).await;
    }
}

/// A line, unless there is nothing in it.
pub(super) fn said(speaker: Speaker, segment: ringdesk_asr::Segment) -> Option<Said> {
    let text = segment.text.reveal().trim();
    let text = (!text.is_empty()).then(|| Pii::new(text.to_owned()))?;
    Some(Said { speaker, text, start_ms: segment.start_ms, end_ms: segment.end_ms })
}

impl Tally {
    fn missed(&mut self, why: NotHeard) {
        metrics::counter!("captions_missed_total").increment(1);
        tracing::debug!(%why, "an utterance was not heard");
        self.missed += 1;
        self.why = Some(why);
    }

    fn judged(&self) -> (TranscriptState, Option<String>) {
        match &self.why {
            None => (TranscriptState::Done, None),
            Some(why) if self.heard > 0 => {
                let all = self.heard + self.missed;
                (TranscriptState::Done, Some(format!("{} of {all} utterances are missing: {why}", self.missed)))
            }
            Some(why) => {
                let (state, reason, _) = not_heard(why);
                (state, Some(reason))
            }
        }
    }
}

impl Hearing {
    async fn ended(&self, of: &Of, outcome: &Outcome) {
        metrics::counter!("transcripts_total", "pass" => "live", "state" => outcome.state.as_str()).increment(1);
        loop {
            match self.operations.end_transcript(self.clock.now(), self.account, of, Pass::Live, outcome).await {
                Ok(event) => return self.wake(event),
                // Nobody waits for it, and without it the transcript would run on until the next start.
                Err(fault) if fault.is_passing() => tokio::time::sleep(AGAIN).await,
                // Its conversation was taken away while somebody still listened (a demo that is cleared): nothing is left to end.
                Err(OperationError::NotFound(_)) => {
                    return tracing::debug!(call.id = %of.call, "a transcript was taken away before its end");
                }
                Err(fault) => {
                    return tracing::error!(call.id = %of.call, %fault, "the end of a transcript was not stored");
                }
            }
        }
    }

    pub(super) async fn failed(&self, of: &Of) {
        let outcome = Outcome {
            engine: String::new(),
            language: String::new(),
            state: TranscriptState::Failed,
            reason: Some("a fault of this server".into()),
        };
        self.ended(of, &outcome).await;
    }
}
