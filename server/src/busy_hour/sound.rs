//! What a telephone of the busy hour says: G.711 packets with speech, keys (RFC 4733) or silence, every 20 ms.

use crate::demo_pack::script::{self, Scripted, Who};
use crate::demo_pack::sound::voice;
use bytes::Bytes;
use ringdesk_audio::g711::ulaw_encode;
use ringdesk_audio::{RATE, tone};
use ringdesk_tts::Speaker;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

const FRAME: usize = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);
const SILENCE: u8 = 0xff;
/// Payload types: PCMU, and telephone-event as our descriptions name it.
const PCMU: u8 = 0;
pub(super) const EVENTS: u8 = 101;
/// Keys that wait to be pressed; who presses faster presses in vain.
const KEYS: usize = 8;
/// How many packets a key lasts, without its end.
const KEY_PACKETS: u16 = 6;
/// Scripted calls whose lines are spoken.
const SPOKEN: usize = 6;

/// Speech in packets. It begins anew after a pause.
pub(super) struct Voice(Vec<Bytes>);

/// What callers and agents have to say.
pub(super) struct Voices {
    pub(super) callers: Vec<Arc<Voice>>,
    pub(super) agents: Vec<Arc<Voice>>,
}

impl Voices {
    /// Of the pack's script. Without a speech engine they hum.
    pub(super) async fn make(speaker: &Speaker) -> Voices {
        let mut voices = Voices { callers: Vec::new(), agents: Vec::new() };
        let scripts = script::all().unwrap_or_default();
        for script in scripts.iter().filter(|script| script.lines.len() > 3).take(SPOKEN) {
            for (who, hums, into) in
                [(Who::Caller, 330.0, &mut voices.callers), (Who::First, 440.0, &mut voices.agents)]
            {
                into.push(Arc::new(lines(speaker, script, who, hums).await));
            }
        }
        voices
    }
}

async fn lines(speaker: &Speaker, script: &Scripted, who: Who, hums: f32) -> Voice {
    let (language, mut samples) = (script.language(), Vec::new());
    for (_, text) in script.lines.iter().filter(|(by, _)| *by == who) {
        match speaker.speak_as(text, language, &voice(language, who)).await {
            Ok(clip) => samples.extend_from_slice(clip.samples()),
            Err(_) => samples.extend(tone::sine(hums, -25.0, RATE, 2 * RATE as usize)),
        }
        samples.resize(samples.len() + 3 * RATE as usize, 0);
    }
    let encoded: Vec<u8> = samples.into_iter().map(ulaw_encode).collect();
    Voice(encoded.chunks_exact(FRAME).map(Bytes::copy_from_slice).collect())
}

#[derive(Clone, Default)]
struct Wish {
    to: Option<SocketAddr>,
    says: Option<Arc<Voice>>,
}

/// One telephone's sound. It ends when this is dropped.
pub(super) struct Sound {
    pub(super) at: SocketAddr,
    wish: watch::Sender<Wish>,
    keys: mpsc::Sender<u8>,
    task: tokio::task::JoinHandle<()>,
}

impl Sound {
    pub(super) async fn open(ip: IpAddr, seed: u64) -> std::io::Result<Sound> {
        let socket = UdpSocket::bind(SocketAddr::new(ip, 0)).await?;
        let at = socket.local_addr()?;
        let (wish, wished) = watch::channel(Wish::default());
        let (keys, pressed) = mpsc::channel(KEYS);
        let stream = Stream::new(seed);
        Ok(Sound { at, wish, keys, task: tokio::spawn(stream.run(socket, wished, pressed)) })
    }

    pub(super) fn send_to(&self, to: Option<SocketAddr>) {
        self.wish.send_modify(|wish| wish.to = to);
    }

    pub(super) fn say(&self, what: Option<Arc<Voice>>) {
        self.wish.send_modify(|wish| wish.says = what);
    }

    pub(super) fn press(&self, key: char) {
        let code = match key {
            '*' => 10,
            '#' => 11,
            _ => key.to_digit(10).unwrap_or(0) as u8,
        };
        let _ = self.keys.try_send(code);
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One RTP stream (RFC 3550).
struct Stream {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    place: usize,
}

impl Stream {
    fn new(seed: u64) -> Stream {
        Stream { ssrc: seed as u32, sequence: (seed >> 32) as u16, timestamp: (seed >> 16) as u32, place: 0 }
    }

    async fn run(mut self, socket: UdpSocket, wish: watch::Receiver<Wish>, mut keys: mpsc::Receiver<u8>) {
        let mut tick = tokio::time::interval(FRAME_TIME);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut heard = [0; 2_048];
        loop {
            tick.tick().await;
            while socket.try_recv_from(&mut heard).is_ok() {} // nobody listens here
            let Wish { to, says } = wish.borrow().clone();
            let Some(to) = to else { continue };
            if let Ok(key) = keys.try_recv() {
                self.press(&socket, to, key, &mut tick).await;
            }
            let silence = Bytes::from_static(&[SILENCE; FRAME]);
            let frame = match says.filter(|voice| !voice.0.is_empty()) {
                Some(voice) => {
                    self.place += 1;
                    voice.0[self.place % voice.0.len()].clone()
                }
                None => silence,
            };
            self.send(&socket, to, PCMU, false, &frame);
            self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        }
    }

    /// RFC 4733 §2.5: one timestamp, growing durations, the end three times.
    async fn press(&mut self, socket: &UdpSocket, to: SocketAddr, key: u8, tick: &mut tokio::time::Interval) {
        for n in 1..=KEY_PACKETS + 3 {
            let ends = n > KEY_PACKETS;
            let [high, low] = (n.min(KEY_PACKETS) * FRAME as u16).to_be_bytes();
            let event = [key, if ends { 0x8a } else { 0x0a }, high, low];
            self.send(socket, to, EVENTS, n == 1, &event);
            tick.tick().await;
        }
        self.timestamp = self.timestamp.wrapping_add(u32::from(KEY_PACKETS + 3) * FRAME as u32);
    }

    fn send(&mut self, socket: &UdpSocket, to: SocketAddr, kind: u8, marked: bool, payload: &[u8]) {
        let mut packet = Vec::with_capacity(12 + payload.len());
        packet.extend([0x80, kind | if marked { 0x80 } else { 0 }]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        let _ = socket.try_send_to(&packet, to); // a full socket loses a packet, as a line does
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leaves is RTP that anybody reads: sequence, time, payload types, and a key with one beginning and one end.
    #[tokio::test]
    async fn speech_and_keys_leave_as_rtp() {
        let ear = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let sound = Sound::open("127.0.0.1".parse().unwrap(), 42).await.unwrap();
        sound.say(Some(Arc::new(Voice(vec![Bytes::from(vec![7; FRAME])]))));
        sound.press('5');
        sound.send_to(Some(ear.local_addr().unwrap()));
        let (mut last, mut ends, mut spoken, mut packet) = (None, 0, 0, [0; 2_048]);
        while spoken < 3 {
            let (length, _) = ear.recv_from(&mut packet).await.unwrap();
            let sequence = u16::from_be_bytes([packet[2], packet[3]]);
            assert!(last.is_none_or(|before: u16| sequence == before.wrapping_add(1)));
            last = Some(sequence);
            match packet[1] & 0x7f {
                PCMU => {
                    assert_eq!((length, &packet[12..length]), (12 + FRAME, &[7; FRAME][..]));
                    spoken += 1;
                }
                kind => {
                    assert_eq!((kind, length, packet[12]), (EVENTS, 16, 5));
                    ends += usize::from(packet[13] & 0x80 != 0);
                }
            }
        }
        assert_eq!(ends, 3);
    }
}
