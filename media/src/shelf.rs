//! The prompts that can be played, in the bytes that go on the wire.
//!
//! A clip is encoded for every codec once, when it is put on the shelf, by the thread that puts it: a shard never
//! encodes them but for wideband legs, and never waits for this map. A playing takes the prompts it needs off the shelf before it reaches the shard.

use crate::codec::Codec;
use ringdesk_audio::Clip;
use ringdesk_voice::PromptRef;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// A clip as PCMU and PCMA.
#[derive(Debug)]
pub(crate) struct Prompt {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

impl Prompt {
    pub(crate) fn encode(clip: &Clip) -> Self {
        let bytes = |codec: Codec| clip.samples().iter().map(|s| codec.encode(*s)).collect();
        Prompt { pcmu: bytes(Codec::Pcmu), pcma: bytes(Codec::Pcma) }
    }

    /// In the codec's law.
    pub(crate) fn bytes(&self, codec: Codec) -> &[u8] {
        match codec.law() {
            Codec::Pcma => &self.pcma,
            _ => &self.pcmu,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pcmu.is_empty()
    }

    fn size(&self) -> usize {
        self.pcmu.len() + self.pcma.len()
    }
}

/// A concurrent map of prompts; clones share it.
#[derive(Clone, Debug)]
pub struct Shelf {
    rows: Arc<RwLock<Rows>>,
    /// Bytes of synthesised prompts to keep.
    limit: usize,
}

#[derive(Debug, Default)]
struct Rows {
    pinned: HashMap<PromptRef, Arc<Prompt>>,
    spoken: HashMap<PromptRef, Arc<Prompt>>,
    /// Synthesised prompts, oldest first.
    order: VecDeque<PromptRef>,
    size: usize,
}

impl Default for Shelf {
    /// Room for about an hour of synthesised speech.
    fn default() -> Self {
        Shelf::new(64 << 20)
    }
}

impl Shelf {
    /// `limit`: bytes of synthesised prompts to keep (16 kB per second); above it the oldest make room.
    pub fn new(limit: usize) -> Self {
        Shelf { rows: Arc::default(), limit }
    }

    /// Put a synthesised prompt, or put it again with other sound. It stays until newer ones need its room; a playing
    /// that has it plays it to its end.
    pub fn put(&self, prompt: PromptRef, clip: &Clip) {
        let encoded = Arc::new(Prompt::encode(clip));
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        rows.size += encoded.size();
        if let Some(before) = rows.spoken.insert(prompt.clone(), encoded) {
            rows.size -= before.size();
            rows.order.retain(|p| *p != prompt);
        }
        rows.order.push_back(prompt);
        // The newest stays even where it alone exceeds the limit: somebody is about to play it.
        while rows.size > self.limit && rows.order.len() > 1 {
            let Some(oldest) = rows.order.pop_front() else { break };
            if let Some(gone) = rows.spoken.remove(&oldest) {
                rows.size -= gone.size();
            }
        }
    }

    /// A prompt that is about to be played again: how long it is, and it is the newest once more. `None`: not there.
    pub fn renew(&self, prompt: &PromptRef) -> Option<Duration> {
        let duration = self.duration(prompt)?;
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        if rows.order.back() != Some(prompt)
            && let Some(at) = rows.order.iter().position(|p| p == prompt)
        {
            rows.order.remove(at);
            rows.order.push_back(prompt.clone());
        }
        Some(duration)
    }

    /// Put a system prompt: it stays.
    pub fn pin(&self, prompt: PromptRef, clip: &Clip) {
        let encoded = Arc::new(Prompt::encode(clip));
        self.rows.write().unwrap_or_else(PoisonError::into_inner).pinned.insert(prompt, encoded);
    }

    pub fn contains(&self, prompt: &PromptRef) -> bool {
        self.get(prompt).is_some()
    }

    pub fn duration(&self, prompt: &PromptRef) -> Option<Duration> {
        self.get(prompt).map(|p| Duration::from_micros(p.bytes(Codec::Pcmu).len() as u64 * 125))
    }

    pub(crate) fn get(&self, prompt: &PromptRef) -> Option<Arc<Prompt>> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        rows.pinned.get(prompt).or_else(|| rows.spoken.get(prompt)).cloned()
    }

    /// The prompts before the first that is missing, and whether one is.
    pub(crate) fn take(&self, prompts: &[PromptRef]) -> (Vec<Arc<Prompt>>, bool) {
        let found: Vec<_> = prompts.iter().map_while(|p| self.get(p)).collect();
        let missing = found.len() < prompts.len();
        (found, missing)
    }

    pub(crate) fn bytes(&self) -> u64 {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        (rows.size + rows.pinned.values().map(|p| p.size()).sum::<usize>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: usize) -> Clip {
        Clip::new(vec![0; samples])
    }

    #[test]
    fn what_is_used_again_leaves_last() {
        let shelf = Shelf::new(500);
        let name = |n: &str| PromptRef::new(n);
        shelf.put(name("a"), &clip(100));
        shelf.put(name("b"), &clip(100));
        assert_eq!(shelf.renew(&name("a")), Some(Duration::from_micros(12_500)));
        assert_eq!(shelf.renew(&name("nowhere")), None);
        shelf.put(name("c"), &clip(100));
        assert!(shelf.contains(&name("a")) && !shelf.contains(&name("b")) && shelf.contains(&name("c")));
    }

    #[test]
    fn the_oldest_synthesised_prompts_make_room_and_pinned_ones_stay() {
        let shelf = Shelf::new(500);
        let name = |n: &str| PromptRef::new(n);
        shelf.pin(name("greeting"), &clip(8000));
        for n in ["a", "b", "c"] {
            shelf.put(name(n), &clip(100));
        }
        let held: String = ["a", "b", "c"].into_iter().filter(|n| shelf.contains(&name(n))).collect();
        assert_eq!(held, "bc");
        // Put again is the newest, and counted once.
        shelf.put(name("b"), &clip(100));
        shelf.put(name("d"), &clip(100));
        let held: String = ["b", "c", "d"].into_iter().filter(|n| shelf.contains(&name(n))).collect();
        assert_eq!(held, "bd");
        shelf.put(name("long"), &clip(10_000));
        assert!(shelf.contains(&name("long")) && !shelf.contains(&name("d")));
        assert_eq!(shelf.duration(&name("greeting")), Some(Duration::from_secs(1)));
        assert_eq!(shelf.take(&[name("long"), name("gone"), name("long")]).0.len(), 1);
    }
}
