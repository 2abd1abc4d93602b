//! What `pocketsphinx_batch -hypseg` writes: one line per file, `name S … T … A … L …`, then for each word its first frame,
//! two scores and the word, and at the end the frame at which all is over. A frame is 10 ms.

use crate::engine::{Segment, Word};
use crate::{Clip16k, EngineFault};
use ringdesk_model::Pii;

const FRAME_MS: u64 = 10;

pub fn segments(output: &str, clip: &Clip16k) -> Result<Vec<Segment>, EngineFault> {
    let rubbish = || EngineFault::Rubbish("not a line of pocketsphinx_batch".into());
    let line = output.lines().find(|l| !l.trim().is_empty()).ok_or_else(rubbish)?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let start = fields.iter().position(|f| *f == "L").ok_or_else(rubbish)? + 2;
    let fields = fields.get(start..).ok_or_else(rubbish)?;
    let ms =
        |field: &str| field.parse::<u32>().map(|f| (u64::from(f) * FRAME_MS).min(clip.ms())).map_err(|_| rubbish());
    let (entries, end) = (fields.chunks_exact(4), fields.chunks_exact(4).remainder());
    let mut found: Vec<(u64, &str)> = Vec::new();
    for entry in entries {
        found.push((ms(entry[0])?, entry[3]));
    }
    let [end] = end else { return Err(rubbish()) };
    found.push((ms(end)?, "</s>"));
    // Frames only go on.
    if found.windows(2).any(|pair| pair[0].0 > pair[1].0) {
        return Err(rubbish());
    }
    let mut words = Vec::new();
    for pair in found.windows(2) {
        let ((start_ms, written), (next, _)) = (pair[0], pair[1]);
        // Silence and noises, and which of its pronunciations it was.
        if !written.starts_with(['<', '[', '+']) {
            let text = written.split('(').next().unwrap_or_default().to_string();
            words.push(Word { text: Pii::new(text), start_ms, end_ms: next.max(start_ms), confidence: None });
        }
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Ok(Vec::new()) };
    let text: Vec<&str> = words.iter().map(|w| w.text.reveal().as_str()).collect();
    let mut segment = Segment::new(text.join(" "), first.start_ms, last.end_ms);
    segment.words = words;
    Ok(vec![segment])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_times_and_noises_none() {
        let clip = Clip16k::new(vec![0; 48_000]);
        let line = "stdin S 0 T -749 A -696 L -527 0 -181 0 <s> 3 -124 -190 the(2) 11 -148 -477 child 70 -1 -5 <sil> 178 -13 -4 [NOISE] 189 -5 -6 </s> 285\n";
        let heard = segments(line, &clip).unwrap();
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].text.reveal(), "the child");
        let times: Vec<_> = heard[0].words.iter().map(|w| (w.start_ms, w.end_ms)).collect();
        assert_eq!(times, [(30, 110), (110, 700)]);
        assert_eq!(segments("stdin S 0 T 0 A 0 L 0 0", &clip).unwrap(), []);
    }

    #[test]
    fn rubbish_is_a_fault() {
        let clip = Clip16k::new(vec![0; 48_000]);
        for rubbish in [
            "",
            "\n",
            "hello",
            "x L",
            "x L 0",
            "x S 0 T 0 A 0 L 0 1 2 3",
            "x L 0 -1 0 0 word 5",
            "x L 0 9 9 9 a b",
            "x L 0 9 0 0 a 3 0 0 b 11",
            "x L 0 9 0 0 a 3",
        ] {
            assert!(segments(rubbish, &clip).is_err(), "{rubbish:?}");
        }
    }
}
