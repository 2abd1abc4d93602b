use super::*;
use ringdesk_audio::g711;
use ringdesk_audio::resample::resample;
use ringdesk_voice::Coding;
use std::path::Path;

const BEGAN: Timestamp = Timestamp::from_millis(1_000_000);

/// A sentence as a telephone sends it, 2 to 3 s long.
fn speech(file: &str) -> Vec<i16> {
    let clip = ringdesk_asr::wav::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../asr/tests/data/en").join(file));
    resample(clip.expect("a recording").samples(), 16_000, 8_000)
}

/// So many milliseconds of a quiet line.
fn quiet(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

/// What is heard of this sound, if the question was over so many milliseconds after it began: beginning and end of each utterance.
async fn heard(sound: &[i16], question_ms: u64) -> Vec<(u64, u64)> {
    let (put, packets) = mpsc::channel(sound.len() / 160 + 1);
    let (stop, stopped) = oneshot::channel();
    let along = Along { since: BEGAN, stop, heard: tokio::spawn(listen(BEGAN, packets, stopped)) };
    let leg = LegId(uuid::Uuid::from_u128(1));
    for (n, piece) in sound.chunks_exact(160).enumerate() {
        let tapped = Tapped::Packet {
            track: Track::Leg(leg),
            arrived: BEGAN + Duration::from_millis(n as u64 * 20),
            ssrc: 7,
            sequence: n as u16,
            timestamp: n as u32 * 160,
            coding: Coding::Pcmu,
            payload: piece.iter().map(|s| g711::ulaw_encode(*s)).collect::<Vec<u8>>().into(),
        };
        put.try_send(tapped).expect("room for it");
    }
    let end = BEGAN + Duration::from_millis(sound.len() as u64 / 8);
    let said = along.said(end, BEGAN + Duration::from_millis(question_ms)).await;
    said.iter().map(|utterance| (utterance.start_ms, utterance.end_ms)).collect()
}

/// Rows: S7.2
#[tokio::test]
async fn who_speaks_before_the_question_is_over_is_heard_from_their_first_syllable() {
    let sound = [quiet(2_000), speech("sb-spk1_snt5.wav"), quiet(1_500)].concat();
    let whole = heard(&sound, 0).await;
    assert_eq!(whole.len(), 1, "{whole:?}");
    let (start, end) = whole[0];
    // The question ends when they have just begun, while they speak, and (as far as the flow knows) after their last word.
    for question in [start + 50, end - 500, end + 900] {
        assert_eq!(heard(&sound, question).await, whole, "{question}");
    }
    assert_eq!(heard(&sound, end + 1_100).await, []);
}

/// Rows: S7.2
#[tokio::test]
async fn what_was_over_before_the_question_was_is_no_answer() {
    let (echo, answer) = (speech("sb-spk2_snt4.wav"), speech("sb-spk1_snt5.wav"));
    let sound = [echo, quiet(4_000), answer, quiet(1_500)].concat();
    let said = heard(&sound, 5_500).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].0 > 5_000, "{said:?}");
    assert_eq!(heard(&sound, 0).await.len(), 2, "both, where it was over at once");
}

/// Rows: S7.2
#[tokio::test]
async fn a_sentence_with_a_pause_is_one() {
    let (first, second) = (speech("sb-spk2_snt4.wav"), speech("sb-spk1_snt5.wav"));
    let said = heard(&[quiet(500), first, quiet(700), second].concat(), 0).await;
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test]
async fn of_a_quiet_line_nothing_is_heard() {
    assert_eq!(heard(&quiet(4_000), 0).await, []);
    assert_eq!(heard(&[], 0).await, []);
}

/// The shard gives a new outlet whenever another listener comes or goes; the call ends in the middle of a word.
#[tokio::test]
async fn an_ear_that_is_dropped_ends() {
    let (put, packets) = mpsc::channel(1);
    let (stop, stopped) = oneshot::channel();
    let heard = tokio::spawn(listen(BEGAN, packets, stopped));
    drop(stop);
    assert_eq!(heard.await.expect("no panic"), VecDeque::new());
    assert!(put.is_closed());
}
