//! The line to the caller, as steps use it: say something, play music, ask, wait. It keeps what outlives a step:
//! collected input, keys pressed ahead, whether the caller was answered.

use crate::prompt::{self, Prompt};
use crate::{Context, Output, Waiting};
use ringdesk_model::{AskId, Ids, Language, Pii, QueueId, Timestamp};
use ringdesk_voice::{Answer, CallEvent, Digit, PlayEnd, PlayId, PromptRef, Question, RulesRequest, Spoken, TONE};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// For a text to be spoken; then it is skipped. Nobody waits longer in silence.
pub(crate) const SPEECH: Duration = Duration::from_secs(8);
/// For media to end a play.
const PLAY: Duration = Duration::from_secs(600);
/// Keys a caller may press ahead; further ones are dropped.
const AHEAD: usize = 32;
/// A terminator pressed out of habit after the last wanted digit is not the next menu's first key.
const HABIT: Duration = Duration::from_secs(2);
/// Values that no caller has entered.
pub(crate) const BUILT_IN: [&str; 4] = ["caller", "called", "position", "survey"];

/// What a step learns.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// What was to be said is over: heard, stopped, or skipped.
    Said,
    /// The music ended although nobody stopped it.
    MusicEnded(PlayEnd),
    Key(Digit),
    /// The caller speaks, or does not any more.
    Talk(bool),
    /// The step's deadline.
    Due,
    Answer(AskId, Answer),
    DialEnded(ringdesk_voice::DialOutcome),
    /// Who had transferred the contact to the queue could not take it back.
    NotReturned,
}

#[derive(Debug)]
pub(crate) struct Line {
    ids: Ids,
    pub(crate) language: Language,
    prompts: Arc<BTreeMap<String, String>>,
    queues: Arc<BTreeMap<QueueId, Waiting>>,
    /// Input of the caller by name, with `caller` and `called`.
    values: BTreeMap<String, String>,
    /// Rules are still to be asked.
    ruled: bool,
    /// What was understood of what the caller said.
    said: Option<String>,
    pub(crate) answered: bool,
    talk: Option<Talk>,
    music: Option<PlayId>,
    last_play: u32,
    ahead: VecDeque<Digit>,
    habit: Option<(Digit, Timestamp)>,
    /// The step's own deadline.
    pub(crate) due: Option<(Timestamp, &'static str)>,
    outputs: VecDeque<Output>,
}

/// Something being said: first its texts are spoken onto the shelf, then all is played at once.
#[derive(Debug)]
struct Talk {
    pieces: Vec<Piece>,
    /// Which pieces are library prompts, until one of them proves to be missing on the shelf.
    library: Vec<Option<String>>,
    play: Option<PlayId>,
    until: Timestamp,
}

#[derive(Debug)]
enum Piece {
    Ready(PromptRef),
    Asked(AskId),
    Skipped,
}

impl Line {
    pub(crate) fn new(context: Context, language: Option<Language>) -> Line {
        let values = BTreeMap::from([
            ("caller".to_string(), context.caller.number.into_inner()),
            ("called".to_string(), context.called.number.into_inner()),
        ]);
        Line {
            ids: context.ids,
            language: language.unwrap_or(context.language),
            prompts: context.prompts,
            queues: context.queues,
            values,
            ruled: context.ruled,
            said: None,
            answered: false,
            talk: None,
            music: None,
            last_play: 0,
            ahead: VecDeque::new(),
            habit: None,
            due: None,
            outputs: VecDeque::new(),
        }
    }

    pub(crate) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn event(&mut self, event: CallEvent) {
        self.put(Output::Event(event));
    }

    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn fresh_id<T: From<uuid::Uuid>>(&mut self, now: Timestamp) -> T {
        self.ids.next(now)
    }

    pub(crate) fn ask(&mut self, now: Timestamp, question: Question) -> AskId {
        let ask = self.fresh_id(now);
        self.put(Output::Ask(ask, question));
        ask
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// What the queue itself does for those who wait.
    pub(crate) fn waiting_in(&self, queue: QueueId) -> Waiting {
        self.queues.get(&queue).copied().unwrap_or_default()
    }

    /// A prompt of the library with a count in it, which is no number to be read out figure by figure.
    pub(crate) fn counted(&self, id: &str, name: &str, count: u32) -> Option<Prompt> {
        let text = self.prompts.get(id)?;
        Some(Prompt::Text(prompt::fill(text, |of| (of == name).then(|| count.to_string()))))
    }

    pub(crate) fn keep_value(&mut self, name: &str, value: String) {
        self.values.insert(name.to_string(), value);
    }

    /// What the rules are to be asked with before this queue; once in a call.
    pub(crate) fn asks_rules(&mut self, queue: QueueId) -> Option<RulesRequest> {
        std::mem::take(&mut self.ruled).then(|| {
            let entered = self.values.iter().filter(|(name, _)| !BUILT_IN.contains(&name.as_str()));
            let entered = entered.map(|(name, value)| (name.clone(), Pii::new(value.clone()))).collect();
            RulesRequest { queue, entered, said: self.said.clone().map(Pii::new) }
        })
    }

    /// Where they wait is decided.
    pub(crate) fn obeys_rules_no_more(&mut self) {
        self.ruled = false;
    }

    /// The caller was heard saying these words, which mean this value.
    pub(crate) fn heard(&mut self, name: &str, value: String, words: &str) {
        let said = self.said.take().map_or_else(|| words.to_owned(), |before| format!("{before} {words}"));
        self.said = Some(said);
        self.keep_value(name, value);
    }

    /// Say these, in place of whatever sounds. [`Fact::Said`] follows, unless this returns `false`: nothing to say.
    pub(crate) fn say(&mut self, now: Timestamp, prompts: &[Prompt], position: Option<u32>) -> bool {
        self.hush();
        let pieces = prompts.iter().map(|p| self.prepare(now, p, position)).collect();
        let library = prompts.iter().map(|p| if let Prompt::Id(id) = p { Some(id.clone()) } else { None }).collect();
        self.talk = Some(Talk { pieces, library, play: None, until: now + SPEECH });
        self.play_when_ready(now);
        self.talk.is_some()
    }

    /// Say this, then the tone after which a caller speaks. [`Fact::Said`] follows.
    pub(crate) fn say_before_tone(&mut self, now: Timestamp, prompt: Option<&Prompt>) {
        self.say_around(now, prompt.map_or(&[], std::slice::from_ref), PromptRef::new(TONE), &[]);
    }

    /// Say this, then play a sound of the shelf, then say that. [`Fact::Said`] follows.
    pub(crate) fn say_around(&mut self, now: Timestamp, before: &[Prompt], sound: PromptRef, after: &[Prompt]) {
        self.hush();
        let id = |prompt: &Prompt| if let Prompt::Id(id) = prompt { Some(id.clone()) } else { None };
        let library = before.iter().map(id).chain([None]).chain(after.iter().map(id)).collect();
        let mut pieces: Vec<Piece> = before.iter().map(|prompt| self.prepare(now, prompt, None)).collect();
        pieces.push(Piece::Ready(sound));
        pieces.extend(after.iter().map(|prompt| self.prepare(now, prompt, None)).collect::<Vec<_>>());
        self.talk = Some(Talk { pieces, library, play: None, until: now + SPEECH });
        self.play_when_ready(now);
    }

    /// Play library prompts as they are.
    pub(crate) fn play(&mut self, now: Timestamp, ids: &[String]) -> bool {
        self.hush();
        let pieces = ids.iter().map(|id| Piece::Ready(prompt::shelf_name(self.language, id))).collect();
        let library = ids.iter().cloned().map(Some).collect();
        self.talk = Some(Talk { pieces, library, play: None, until: now + SPEECH });
        self.play_when_ready(now);
        self.talk.is_some()
    }

    pub(crate) fn start_music(&mut self, name: &str) {
        let play = self.fresh_play();
        self.music = Some(play);
        self.put(Output::Play { play, prompts: vec![PromptRef::new(name)], repeat: true });
    }

    /// Stop talking; music goes on.
    pub(crate) fn hush(&mut self) {
        let Some(talk) = self.talk.take() else { return };
        for piece in talk.pieces {
            if let Piece::Asked(ask) = piece {
                self.put(Output::Cancel(ask));
            }
        }
        if let Some(play) = talk.play {
            self.put(Output::StopPlay(play));
        }
    }

    /// Nothing sounds and nothing is waited for: between two steps.
    pub(crate) fn rest(&mut self) {
        self.hush();
        if let Some(play) = self.music.take() {
            self.put(Output::StopPlay(play));
        }
        self.due = None;
    }

    pub(crate) fn is_talking(&self) -> bool {
        self.talk.is_some()
    }

    pub(crate) fn has_music(&self) -> bool {
        self.music.is_some()
    }

    pub(crate) fn wait(&mut self, now: Timestamp, span: Duration, reason: &'static str) {
        self.due = Some((now + span, reason));
    }

    pub(crate) fn wait_until(&mut self, at: Timestamp, reason: &'static str) {
        self.due = Some((at, reason));
    }

    /// Keep a key for a later step.
    pub(crate) fn press_ahead(&mut self, digit: Digit) {
        if self.ahead.len() < AHEAD {
            self.ahead.push_back(digit);
        }
    }

    pub(crate) fn pressed_ahead(&mut self) -> Option<Digit> {
        self.ahead.pop_front()
    }

    pub(crate) fn forget_keys(&mut self) {
        self.ahead.clear();
    }

    pub(crate) fn expect_habit(&mut self, now: Timestamp, terminator: Digit) {
        self.habit = Some((terminator, now + HABIT));
    }

    /// Whether this key only repeats what was already understood.
    pub(crate) fn is_habit(&mut self, now: Timestamp, digit: Digit) -> bool {
        self.habit.take().is_some_and(|(terminator, until)| terminator == digit && now <= until)
    }

    pub(crate) fn next_due(&self) -> Option<(Timestamp, &'static str)> {
        let talk = self
            .talk
            .as_ref()
            .map(|t| (t.until, if t.play.is_some() { "a play did not end" } else { "not spoken in time" }));
        [talk, self.due].into_iter().flatten().min()
    }

    /// A deadline has passed; what the step learns from it.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Option<Fact> {
        if self.due.is_some_and(|(at, _)| at <= now) {
            self.due = None;
            return Some(Fact::Due);
        }
        let talk = self.talk.as_mut().filter(|t| t.until <= now)?;
        if talk.play.is_some() {
            self.hush();
            return Some(Fact::Said);
        }
        let mut late = Vec::new();
        for piece in &mut talk.pieces {
            if let Piece::Asked(ask) = *piece {
                late.push(ask);
                *piece = Piece::Skipped;
            }
        }
        for ask in late {
            self.put(Output::Cancel(ask));
        }
        self.play_when_ready(now);
        (!self.is_talking()).then_some(Fact::Said)
    }

    pub(crate) fn played(&mut self, now: Timestamp, play: PlayId, end: PlayEnd) -> Option<Fact> {
        if self.music == Some(play) {
            self.music = None;
            return Some(Fact::MusicEnded(end));
        }
        let talk = self.talk.take_if(|t| t.play == Some(play))?;
        if end == PlayEnd::Missing {
            self.speak_instead(now, talk);
        }
        (!self.is_talking()).then_some(Fact::Said)
    }

    pub(crate) fn answered(&mut self, now: Timestamp, ask: AskId, answer: Answer) -> Option<Fact> {
        let asked = |p: &&mut Piece| matches!(p, Piece::Asked(a) if *a == ask);
        let Some(piece) = self.talk.as_mut().and_then(|t| t.pieces.iter_mut().find(asked)) else {
            return Some(Fact::Answer(ask, answer));
        };
        *piece = match answer {
            Answer::Spoken(Spoken { prompt, .. }) => Piece::Ready(prompt),
            _ => Piece::Skipped, // no engine, or it failed: the flow goes on without the words
        };
        self.play_when_ready(now);
        (!self.is_talking()).then_some(Fact::Said)
    }

    fn prepare(&mut self, now: Timestamp, prompt: &Prompt, position: Option<u32>) -> Piece {
        let text = match prompt {
            Prompt::Text(text) => text.clone(),
            Prompt::Id(id) => match self.prompts.get(id).filter(|t| prompt::has_variables(t)) {
                Some(text) => text.clone(),
                None => return Piece::Ready(prompt::shelf_name(self.language, id)),
            },
        };
        let text = prompt::fill(&text, |name| match (name, position) {
            ("position", Some(position)) => Some(position.to_string()),
            _ => self.value(name).map(prompt::digit_by_digit),
        });
        if text.trim().is_empty() {
            return Piece::Skipped;
        }
        Piece::Asked(self.ask(now, Question::Speak { text, language: self.language }))
    }

    /// A prompt was not on the shelf: have the texts of the library spoken, once, and say all of it again.
    fn speak_instead(&mut self, now: Timestamp, mut talk: Talk) {
        let mut asked = false;
        for (piece, id) in talk.pieces.iter_mut().zip(std::mem::take(&mut talk.library)) {
            let text = id.and_then(|id| self.prompts.get(&id).cloned());
            if let (Piece::Ready(_), Some(text)) = (&piece, text.filter(|t| !prompt::has_variables(t))) {
                *piece = Piece::Asked(self.ask(now, Question::Speak { text, language: self.language }));
                asked = true;
            }
        }
        if asked {
            self.talk = Some(Talk { play: None, until: now + SPEECH, ..talk });
        }
    }

    /// Once no text is outstanding: play, or forget a talk of which nothing is left.
    fn play_when_ready(&mut self, now: Timestamp) {
        let Some(talk) = self.talk.as_mut().filter(|t| t.play.is_none()) else { return };
        if talk.pieces.iter().any(|p| matches!(p, Piece::Asked(_))) {
            return;
        }
        let ready = |p: &Piece| if let Piece::Ready(prompt) = p { Some(prompt.clone()) } else { None };
        let prompts: Vec<PromptRef> = talk.pieces.iter().filter_map(ready).collect();
        if prompts.is_empty() {
            self.talk = None;
            return;
        }
        self.last_play += 1;
        let play = PlayId(self.last_play);
        talk.play = Some(play);
        talk.until = now + PLAY;
        self.music = None; // replaced by this
        self.put(Output::Play { play, prompts, repeat: false });
    }

    fn fresh_play(&mut self) -> PlayId {
        self.last_play += 1;
        PlayId(self.last_play)
    }
}
