//! The block log of one call: what is heard goes in, sealed bytes to append come out. Pure; the clock is an argument.
//!
//! At most [`Config::block`] of sound is in memory. A pause or a mask cuts the block at its instant: what arrived
//! before is sealed at once, what arrived from then on is never sealed, not even when the order comes a little late.
//!
//! The owner drains [`Log::poll_output`] after each input, so nothing heaps up here.

pub(crate) mod block;
pub(crate) mod entry;
#[cfg(test)]
mod tests;
mod totals;
mod words;

pub use words::{Dropped, Entry, Mark, Marked, Opening, Packet, Side, Totals, TrackTotals};

use crate::gap::{Gap, GapReason, GapSide, Gaps};
use crate::keys::LogKey;
use block::{Hash, Kind};
use ringdesk_model::Timestamp;
use ringdesk_voice::Tapped;
use std::collections::VecDeque;
use std::time::Duration;
use totals::Counting;

/// A block is also cut when so much is in it.
const FULL: usize = 64 * 1_024;
/// No RTP packet of a telephone is longer; one that is becomes a gap.
const LONGEST_PAYLOAD: usize = 8_192;
/// Beside its payload a packet needs no more, its source's name included.
const OVERHEAD: usize = 80;
/// Ended pauses that are remembered for packets which come late.
const REMEMBERED: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Sound that may be lost when the process dies; with the time until it is written this stays below a second.
    pub block: Duration,
    /// A pause or mask that nobody ends is ended after this.
    pub longest_pause: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config { block: Duration::from_millis(800), longest_pause: Duration::from_secs(600) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Heard(Tapped),
    /// Packets of all tracks that came and found no room on their way here.
    Dropped(Dropped),
    /// `until`: when a pause or mask ends by itself, if that is before the longest.
    Mark {
        marked: Marked,
        until: Option<Timestamp>,
    },
    /// The last block. Whatever comes after it is ignored.
    End {
        at: Timestamp,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Append these bytes to the file: a whole block.
    Append(Vec<u8>),
    /// A pause or a mask ended by itself; an entry for the audit.
    Resumed(Marked),
    /// The last block was appended.
    Ended(Summary),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub duration_ms: i64,
    /// Hash of the last sealed block; with it a missing end is known from a crash.
    pub chain_head: [u8; 32],
    pub blocks: u32,
    /// What the recorder knows to be missing. What the network lost is found by rendering.
    pub gaps: Vec<Gap>,
    pub totals: Totals,
}

/// Nothing that arrived in it is kept.
#[derive(Clone, Copy, Debug)]
struct Silence {
    mark: Mark,
    from: Timestamp,
    to: Option<Timestamp>,
    deadline: Timestamp,
}

#[derive(Debug)]
pub struct Log {
    key: LogKey,
    config: Config,
    opened: Timestamp,
    index: u32,
    before: Hash,
    /// Beginning of the block in memory: the end of the last one.
    from: Timestamp,
    pending: Vec<Entry>,
    size: usize,
    silences: VecDeque<Silence>,
    counting: Counting,
    gaps: Gaps,
    ended: bool,
    outputs: VecDeque<Output>,
}

impl Log {
    pub fn open(key: LogKey, opening: Opening, config: Config) -> Log {
        Log {
            key,
            config,
            opened: opening.at,
            index: 0,
            before: [0; 32],
            from: opening.at,
            pending: vec![Entry::Opened(opening)],
            size: OVERHEAD,
            silences: VecDeque::new(),
            counting: Counting::default(),
            gaps: Gaps::default(),
            ended: false,
            outputs: VecDeque::new(),
        }
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        if self.ended {
            return;
        }
        match input {
            Input::Heard(tapped) => self.hear(now, tapped),
            Input::Dropped(dropped) => self.dropped(dropped),
            Input::Mark { marked, until } => self.mark(now, marked, until),
            Input::End { at } => self.end(at.max(self.from)),
        }
        if !self.ended && (self.size >= FULL || now >= self.cut_at()) {
            self.cut(now.max(self.from), Kind::Sound);
        }
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.ended {
            return;
        }
        while let Some(due) = self.open_silences().filter(|s| s.deadline <= now).min_by_key(|s| s.deadline).copied() {
            let mark = if due.mark == Mark::Mask { Mark::Unmask } else { Mark::Resume };
            let marked = Marked { at: due.deadline, mark, by: "timer".into(), reason: "too_long".into() };
            self.mark(now, marked.clone(), None);
            self.outputs.push_back(Output::Resumed(marked));
        }
        if now >= self.cut_at() {
            self.cut(now, Kind::Sound);
        }
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let silence = self.open_silences().map(|s| (s.deadline, "the pause is over"));
        let all = silence.chain([(self.cut_at(), "the block is full of time")]);
        all.min_by_key(|(at, _)| *at).filter(|_| !self.ended)
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn hear(&mut self, now: Timestamp, tapped: Tapped) {
        match tapped {
            Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, payload } => {
                if self.silences.iter().any(|s| s.from <= arrived && s.to.is_none_or(|to| arrived < to)) {
                    return;
                }
                if payload.len() > LONGEST_PAYLOAD || !self.counting.has_room(track) {
                    let to = arrived + Duration::from_millis(20);
                    return self.dropped(Dropped { from: arrived, to, packets: 1, reason: GapReason::Unreadable });
                }
                self.size += payload.len() + OVERHEAD;
                let packet = Packet { track, arrived, ssrc, sequence, timestamp, coding, payload };
                self.pending.push(Entry::Packet(packet));
            }
            Tapped::Lost { at, packets } => {
                self.dropped(Dropped { from: at, to: now, packets, reason: GapReason::RecorderBehind });
            }
            Tapped::Ended { leg, at } => self.push(Entry::Ended { leg, at }),
        }
    }

    fn mark(&mut self, now: Timestamp, mut marked: Marked, until: Option<Timestamp>) {
        marked.at = marked.at.clamp(self.opened, now.max(self.opened));
        clip(&mut marked.by);
        clip(&mut marked.reason);
        let (at, mark) = (marked.at, marked.mark);
        match mark {
            Mark::Pause | Mark::Mask => {
                let deadline = until.unwrap_or(Timestamp(i64::MAX)).clamp(at, at + self.config.longest_pause);
                match self.silences.iter_mut().find(|s| s.mark == mark && s.to.is_none()) {
                    Some(open) => open.deadline = deadline,
                    None => self.silence(Silence { mark, from: at, to: None, deadline }),
                }
                self.pending.retain(|e| !matches!(e, Entry::Packet(p) if p.arrived >= at));
                self.push(Entry::Mark(marked));
                self.cut(at.max(self.from), Kind::Sound);
                // The packets to come are not lost before they begin.
                self.counting.restart();
            }
            Mark::Resume | Mark::Unmask => {
                let ends = if mark == Mark::Resume { Mark::Pause } else { Mark::Mask };
                if let Some(open) = self.silences.iter_mut().find(|s| s.mark == ends && s.to.is_none()) {
                    let to = at.max(open.from);
                    open.to = Some(to);
                    let reason = if ends == Mark::Pause { GapReason::Pause } else { GapReason::Mask };
                    let since = |t: Timestamp| t.0 - self.opened.0;
                    self.gaps.add(since(open.from), since(to), reason, GapSide::Both);
                }
                self.push(Entry::Mark(marked));
            }
            Mark::Announcement
            | Mark::Hold(_)
            | Mark::Unhold(_)
            | Mark::Joined(..)
            | Mark::MessageBegins
            | Mark::MessageEnds => self.push(Entry::Mark(marked)),
        }
    }

    fn end(&mut self, at: Timestamp) {
        let open: Vec<Silence> = self.open_silences().copied().collect();
        for silence in open {
            let mark = if silence.mark == Mark::Mask { Mark::Unmask } else { Mark::Resume };
            self.mark(at, Marked { at, mark, by: "end".into(), reason: String::new() }, None);
        }
        self.count();
        self.pending.push(Entry::Totals(self.counting.totals()));
        self.cut(at, Kind::Last);
        self.ended = true;
        self.outputs.push_back(Output::Ended(Summary {
            started_at: self.opened,
            ended_at: at,
            duration_ms: at.since(self.opened).as_millis() as i64,
            chain_head: self.before,
            blocks: self.index,
            gaps: self.gaps.list(),
            totals: self.counting.totals(),
        }));
    }

    fn dropped(&mut self, dropped: Dropped) {
        self.counting.dropped += dropped.packets;
        let since = |t: Timestamp| t.0.saturating_sub(self.opened.0);
        self.gaps.add(since(dropped.from), since(dropped.to), dropped.reason, GapSide::Both);
        // A stream of such packets is one gap per block.
        if let Some(Entry::Dropped(last)) = self.pending.last_mut()
            && last.reason == dropped.reason
        {
            last.to = last.to.max(dropped.to);
            last.packets += dropped.packets;
        } else {
            self.push(Entry::Dropped(dropped));
        }
    }

    fn silence(&mut self, silence: Silence) {
        if self.silences.len() >= REMEMBERED
            && let Some(oldest) = self.silences.iter().position(|s| s.to.is_some())
        {
            self.silences.remove(oldest);
        }
        self.silences.push_back(silence);
    }

    fn open_silences(&self) -> impl Iterator<Item = &Silence> {
        self.silences.iter().filter(|s| s.to.is_none())
    }

    fn push(&mut self, entry: Entry) {
        self.size += OVERHEAD + 2 * entry::LONGEST_TEXT;
        self.pending.push(entry);
    }

    fn cut_at(&self) -> Timestamp {
        self.from + self.config.block
    }

    fn count(&mut self) {
        for entry in &self.pending {
            if let Entry::Packet(packet) = entry {
                self.counting.take(packet);
            }
        }
    }

    fn cut(&mut self, to: Timestamp, kind: Kind) {
        if kind == Kind::Sound {
            self.count();
        }
        let mut body = Vec::with_capacity(self.size + 64);
        body.extend_from_slice(&self.before);
        entry::encode(&self.pending, self.from, &mut body);
        let block = block::seal(&self.key, kind, self.index, (self.from, to), body);
        self.before = block::hash(&block);
        self.index += 1;
        self.from = to;
        self.pending.clear();
        self.size = 0;
        self.outputs.push_back(Output::Append(block));
    }
}

/// At most [`entry::LONGEST_TEXT`] bytes, on the border of a character.
fn clip(text: &mut String) {
    if text.len() > entry::LONGEST_TEXT {
        let end = (0..=entry::LONGEST_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
}
