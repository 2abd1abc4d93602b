//! The sound of a scripted call: spoken by the speech engine, laid out in time, and recorded by the recorder.

use super::script::{Scripted, Who};
use super::story::Story;
use super::{Pack, TAG};
use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use ringdesk_audio::g711::ulaw_encode;
use ringdesk_model::{Clock, Full, Language, Outlet, Pii, Timestamp};
use ringdesk_operations::transcripts::{Of, Said, Speaker as Voice, caption};
use ringdesk_recordings::{Event, Happened, Mark, Marked, Opening, Recorder, RecordingKey, Side, Stored};
use ringdesk_storage::journal::Set;
use ringdesk_storage::recordings::{NewRecording, RecordingState, Sealed};
use ringdesk_storage::transcripts::{NewTranscript, Pass, TranscriptState};
use ringdesk_tts::Speaker;
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

const PER_MS: usize = 8;
const FRAME_MS: u64 = 20;
const FRAME: usize = 160;
/// Before the first word, and between two lines.
const LEAD: u64 = 700;
const PAUSE: u64 = 500;
pub(super) const HOLD: u64 = 6_000;
pub(super) const TRANSFER: u64 = 3_000;

/// A line with its place in the recording.
pub(super) struct Line {
    pub(super) who: Who,
    pub(super) text: String,
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
}

/// A call as it is heard: left the caller, right everybody else.
pub(super) struct Spoken {
    pub(super) lines: Vec<Line>,
    pub(super) lasts_ms: u64,
    left: Vec<i16>,
    right: Vec<i16>,
}

/// Speak every line and lay them out one after the other.
pub(super) async fn speak(speaker: &Speaker, script: &Scripted) -> Result<Spoken> {
    let (language, mut at) = (script.language(), LEAD);
    let mut spoken = Spoken { lines: Vec::new(), lasts_ms: 0, left: Vec::new(), right: Vec::new() };
    let mut passed_on = false;
    for (n, (who, text)) in script.lines.iter().enumerate() {
        if script.hold == Some(n) {
            at += HOLD;
        }
        if *who == Who::Second && !passed_on {
            passed_on = true;
            at += TRANSFER;
        }
        let clip = speaker.speak_as(text, language, &voice(language, *who)).await.context("the speech engine")?;
        let lasts = clip.len().div_ceil(PER_MS) as u64;
        let side = if *who == Who::Caller { &mut spoken.left } else { &mut spoken.right };
        side.resize(at as usize * PER_MS, 0);
        side.extend_from_slice(clip.samples());
        spoken.lines.push(Line { who: *who, text: text.clone(), start_ms: at, end_ms: at + lasts });
        at += lasts + PAUSE;
    }
    spoken.lasts_ms = at.div_ceil(FRAME_MS) * FRAME_MS;
    let samples = spoken.lasts_ms as usize * PER_MS;
    spoken.left.resize(samples, 0);
    spoken.right.resize(samples, 0);
    Ok(spoken)
}

pub(crate) fn voice(language: Language, who: Who) -> ringdesk_tts::Voice {
    let base = match language {
        Language::En => "en",
        Language::ZhCn => "cmn",
    };
    let kind = match who {
        Who::Caller => "m1",
        Who::First => "f3",
        Who::Second => "m3",
    };
    ringdesk_tts::Voice { name: Some(format!("{base}+{kind}")), rate: None }
}

/// A recorder for calls that were never made. Its clock stands where the call is: the recorder's own time would end a
/// recording of last week today.
pub(super) struct Studio {
    recorder: Recorder,
    then: Arc<Then>,
    news: Arc<Mutex<mpsc::Receiver<Event>>>,
}

impl Studio {
    pub(super) fn open(pack: &Pack) -> Result<Studio> {
        let (told, news) = mpsc::sync_channel(64);
        let outlet = Outlet::new(move |event: Event| match told.try_send(event) {
            Ok(()) | Err(mpsc::TrySendError::Disconnected(_)) => Ok(()),
            Err(mpsc::TrySendError::Full(event)) => Err(Full(event)),
        });
        let config = ringdesk_recordings::writer::Config::default();
        let then = Arc::new(Then(AtomicI64::new(0)));
        let recorder = Recorder::start(config, Arc::new(pack.folder.clone()), then.clone(), outlet)?;
        Ok(Studio { recorder, then, news: Arc::new(Mutex::new(news)) })
    }

    /// The transcript first: a call that has one is not heard again by an engine.
    pub(super) async fn record(&self, pack: &Pack, story: &Story, spoken: &Spoken) -> Result<()> {
        let Some(recording) = story.recording else { return Ok(()) };
        let (operations, began) = (&pack.operations, story.began);
        let of = Of { transcript: operations.id(story.ended), conversation: story.conversation, call: story.call };
        let new = NewTranscript {
            id: of.transcript,
            conversation: of.conversation,
            call: of.call,
            recording: Some(recording),
            pass: Pass::Final,
            engine: TAG.to_owned(),
            language: story.language.as_str().to_owned(),
            state: TranscriptState::Done,
            reason: None,
            at: story.ended,
        };
        operations.begin_transcript(story.ended, pack.account, &new).await?;
        let mut set = Set::new(pack.key.clone());
        for line in &spoken.lines {
            let speaker = match line.who {
                Who::Caller => Voice::Contact,
                Who::First => Voice::Agent(story.parts.first().map(|part| part.0)),
                Who::Second => Voice::Agent(story.parts.get(1).map(|part| part.0)),
            };
            let said =
                Said { speaker, text: Pii::new(line.text.clone()), start_ms: line.start_ms, end_ms: line.end_ms };
            let heard = began + Duration::from_millis(line.end_ms);
            caption(&mut set, operations.id(heard), &of, began, heard, &said)?;
        }
        operations.write_journal(&set).await?;

        let (key, wrapped_key) = RecordingKey::create(&pack.key, recording)?;
        let row = NewRecording {
            id: recording,
            conversation: story.conversation,
            call: story.call,
            wrapped_key,
            started_at: began,
        };
        operations.request_recording(began, pack.account, &row).await?;
        let stored = self.take(&key, story, spoken).await?;
        let of = (recording, story.conversation);
        operations.recording_is(began, pack.account, of, RecordingState::Started, None).await?;
        let sealed = Sealed {
            ended_at: stored.ended_at,
            duration_ms: stored.duration_ms,
            sha256: stored.sha256,
            chain_head: stored.chain_head,
            gaps: crate::recordings::archive::gaps_text(&stored.gaps),
        };
        operations.recording_stored(stored.ended_at, pack.account, of, &sealed, None).await?;
        Ok(())
    }

    /// Packet by packet, as if they came now and had come then.
    async fn take(&self, key: &RecordingKey, story: &Story, spoken: &Spoken) -> Result<Stored> {
        let (caller, other) = (LegId(story.call.0), LegId(story.legs));
        let began = story.began;
        self.then.0.store(began.0, Relaxed);
        let Ok(feed) = self.recorder.open(key, Opening { call: story.call, caller, at: began }) else {
            bail!("the recorder has no room");
        };
        let joined =
            Marked { at: began, mark: Mark::Joined(other, Side::Other), by: TAG.to_owned(), reason: String::new() };
        if feed.mark(joined, None).is_err() {
            bail!("the recorder has no room");
        }
        let frames = spoken.left.chunks(FRAME).zip(spoken.right.chunks(FRAME)).enumerate();
        for (n, (left, right)) in frames {
            let arrived = began + Duration::from_millis(n as u64 * FRAME_MS);
            for (leg, ssrc, sound) in [(caller, 1, left), (other, 2, right)] {
                feed.try_push(Tapped::Packet {
                    track: Track::Leg(leg),
                    arrived,
                    ssrc,
                    sequence: n as u16,
                    timestamp: (n * FRAME) as u32,
                    coding: Coding::Pcmu,
                    payload: Bytes::from(sound.iter().map(|s| ulaw_encode(*s)).collect::<Vec<u8>>()),
                });
            }
        }
        let ends = began + Duration::from_millis(spoken.lasts_ms);
        if feed.end(ends).is_err() {
            bail!("the recorder has no room");
        }
        drop(feed);
        let (news, recording) = (self.news.clone(), key.recording());
        let told = tokio::task::spawn_blocking(move || {
            let news = news.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            loop {
                let event = news.recv_timeout(Duration::from_secs(60)).context("the recorder says nothing")?;
                match event.what {
                    Happened::Stored(stored) if event.recording == recording => return Ok(stored),
                    Happened::Failed(why) => bail!("a recording failed: {}", why.as_str()),
                    _ => {}
                }
            }
        });
        told.await.context("the recorder's news")?
    }
}

/// A clock that somebody sets.
struct Then(AtomicI64);

impl Clock for Then {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Relaxed))
    }
}

/// Used by the story: how a line's place in the recording becomes a moment.
pub(super) fn moment(began: Timestamp, ms: u64) -> Timestamp {
    began + Duration::from_millis(ms)
}
