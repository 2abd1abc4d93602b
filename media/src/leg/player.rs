//! A playing: prompts one after the other, a packet's worth at a time. Its clock goes on while the leg is held.

use crate::codec::Codec;
use crate::shelf::Prompt;
use ringdesk_model::Timestamp;
use ringdesk_voice::{PlayEnd, PlayId};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) play: PlayId,
    /// Which playing of its leg this is: a new one is a new source of the stream.
    pub(crate) serial: u32,
    prompts: Vec<Arc<Prompt>>,
    /// A prompt of the list was not on the shelf; those before it are played.
    missing: bool,
    repeat: bool,
    /// It is a key that is pressed: nobody waits for its end, and no recording has it.
    key: bool,
    prompt: usize,
    sample: usize,
    /// When the next packet is due.
    pub(crate) due: Timestamp,
    /// Packets sent, and ticks played.
    pub(crate) sent: u32,
    pub(crate) clock: u32,
}

impl Player {
    pub(crate) fn new(play: PlayId, serial: u32, prompts: Vec<Arc<Prompt>>, missing: bool, repeat: bool) -> Self {
        let sounds = prompts.iter().any(|p| !p.is_empty());
        Player {
            play,
            serial,
            prompts,
            missing,
            // A repeated list of nothing would never end a packet.
            repeat: repeat && sounds && !missing,
            key: false,
            prompt: 0,
            sample: 0,
            due: Timestamp(0),
            sent: 0,
            clock: 0,
        }
    }

    /// The sound of a key.
    pub(crate) fn of_key(serial: u32, sound: Prompt) -> Self {
        Player { key: true, ..Player::new(PlayId(0), serial, vec![Arc::new(sound)], false, false) }
    }

    pub(crate) fn is_key(&self) -> bool {
        self.key
    }

    /// Fill the next packet, in the codec's law; a rest at the very end is filled with silence. `Some`: nothing was left to play.
    pub(crate) fn fill(&mut self, codec: Codec, out: &mut [u8]) -> Option<PlayEnd> {
        let mut filled = 0;
        while filled < out.len() {
            let Some(prompt) = self.prompts.get(self.prompt) else {
                if self.repeat {
                    self.prompt = 0;
                    continue;
                }
                break;
            };
            let rest = &prompt.bytes(codec.law())[self.sample..];
            let n = rest.len().min(out.len() - filled);
            out[filled..filled + n].copy_from_slice(&rest[..n]);
            filled += n;
            self.sample += n;
            if n == rest.len() {
                self.prompt += 1;
                self.sample = 0;
            }
        }
        if filled == 0 {
            return Some(if self.missing { PlayEnd::Missing } else { PlayEnd::Finished });
        }
        out[filled..].fill(codec.silence());
        self.clock = self.clock.wrapping_add(out.len() as u32);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::Clip;

    fn prompt(samples: usize) -> Arc<Prompt> {
        Arc::new(Prompt::encode(&Clip::new(vec![1000; samples])))
    }

    fn play(prompts: Vec<Arc<Prompt>>, missing: bool, repeat: bool) -> (usize, Option<PlayEnd>) {
        let mut player = Player::new(PlayId(1), 1, prompts, missing, repeat);
        let mut out = [0; 160];
        for packets in 0..50 {
            if let Some(end) = player.fill(Codec::Pcmu, &mut out) {
                return (packets, Some(end));
            }
        }
        (50, None)
    }

    #[test]
    fn packets_cross_from_one_prompt_into_the_next() {
        assert_eq!(play(vec![prompt(200), prompt(0), prompt(120)], false, false), (2, Some(PlayEnd::Finished)));
        assert_eq!(play(vec![prompt(161)], false, false), (2, Some(PlayEnd::Finished)));
        assert_eq!(play(vec![], false, false), (0, Some(PlayEnd::Finished)));
        assert_eq!(play(vec![], false, true), (0, Some(PlayEnd::Finished)));
        assert_eq!(play(vec![prompt(0)], false, true), (0, Some(PlayEnd::Finished)));
        assert_eq!(play(vec![prompt(160)], true, true), (1, Some(PlayEnd::Missing)));
        assert_eq!(play(vec![prompt(100)], false, true), (50, None));
    }

    #[test]
    fn the_rest_of_the_last_packet_is_silence() {
        let mut player = Player::new(PlayId(1), 1, vec![prompt(100)], false, false);
        let mut out = [0; 160];
        assert_eq!(player.fill(Codec::Pcma, &mut out), None);
        assert_eq!(out[99], Codec::Pcma.encode(1000));
        assert!(out[100..].iter().all(|b| *b == Codec::Pcma.silence()));
    }
}
