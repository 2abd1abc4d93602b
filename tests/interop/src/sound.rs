//! A telephone's ear and mouth: one RTP socket that speaks a tone and remembers what it hears. In PCMU, or in Opus by libopus.

use ringdesk_audio::{g711, tone};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, interval, sleep_until, timeout_at};

struct State {
    /// What it speaks from.
    socket: Arc<UdpSocket>,
    to: Option<SocketAddr>,
    speak_hz: f32,
    /// Said before the tone goes on.
    voice: VecDeque<i16>,
    /// Keys still to be sent (RFC 4733 event codes).
    keys: Vec<u8>,
    heard: Vec<i16>,
    /// (sequence, timestamp, payload type) of what came in.
    packets: Vec<(u16, u32, u8)>,
    /// What was said, frame by frame.
    spoken: Vec<Spoken>,
    /// So many frames are still to be lost on their way.
    losing: u32,
    /// Changes of the source.
    sources: u32,
    muted: bool,
    /// Where it speaks and hears Opus.
    opus: Option<(opus::Encoder, opus::Decoder)>,
    /// What came of Opus.
    opus_packets: Vec<Vec<u8>>,
    /// Whom it hears.
    hears: u32,
    /// Samples in one packet.
    frame: usize,
    /// So many packets more of a pause.
    pauses: u32,
}

/// The payload type of Opus.
const OPUS: u8 = 96;

/// A frame that was said: how it sounds at the other end, and whether it was lost on its way.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// Its number among all frames for which there was time, those too in which nothing was said.
    pub tick: usize,
    pub samples: Vec<i16>,
    pub lost: bool,
}

/// PCMU at 20 ms with telephone-event 101. Dropping it hangs the sound up.
pub struct Sound {
    pub port: u16,
    state: Arc<Mutex<State>>,
    speaks: tokio::task::JoinHandle<()>,
    listens: tokio::task::JoinHandle<()>,
}

impl Sound {
    /// Open a socket on loopback; speak `hz` (0: silence) as soon as [`Sound::send_to`] says where.
    pub async fn open(hz: f32) -> std::io::Result<Sound> {
        Sound::open_at(Ipv4Addr::LOCALHOST.into(), hz).await
    }

    /// The same at another address of this machine.
    pub async fn open_at(address: IpAddr, hz: f32) -> std::io::Result<Sound> {
        let socket = Arc::new(UdpSocket::bind((address, 0)).await?);
        let port = socket.local_addr()?.port();
        let state = Arc::new(Mutex::new(State {
            socket: socket.clone(),
            to: None,
            speak_hz: hz,
            voice: VecDeque::new(),
            keys: Vec::new(),
            heard: Vec::new(),
            packets: Vec::new(),
            spoken: Vec::new(),
            losing: 0,
            sources: 0,
            muted: false,
            opus: None,
            opus_packets: Vec::new(),
            hears: 0,
            frame: 160,
            pauses: 0,
        }));
        let speaks = tokio::spawn(speak(state.clone()));
        let listens = tokio::spawn(listen(socket, state.clone()));
        Ok(Sound { port, state, speaks, listens })
    }

    /// Go on from another port, as a telephone does whose router has restarted: the same stream, and deaf at the old port.
    pub async fn move_away(&mut self) -> std::io::Result<()> {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
        self.port = socket.local_addr()?.port();
        self.listens.abort();
        self.listens = tokio::spawn(listen(socket.clone(), self.state.clone()));
        self.lock().socket = socket;
        Ok(())
    }

    /// Speak and hear Opus from now on, each packet saying what the one before was (RFC 6716 §2.1.7).
    pub fn use_opus(&self) -> Result<(), opus::Error> {
        let mut encoder = opus::Encoder::new(8_000, opus::Channels::Mono, opus::Application::Voip)?;
        encoder.set_bitrate(opus::Bitrate::Bits(24_000))?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(10)?;
        self.lock().opus = Some((encoder, opus::Decoder::new(8_000, opus::Channels::Mono)?));
        Ok(())
    }

    /// The payloads of Opus that came since the last [`Sound::clear`].
    pub fn opus_packets(&self) -> Vec<Vec<u8>> {
        self.lock().opus_packets.clone()
    }

    /// Report (RTCP) that this share of what was sent to us since the last report did not come.
    pub async fn report_loss(&self, share: f32) -> std::io::Result<()> {
        let (socket, to, hears) = {
            let state = self.lock();
            (state.socket.clone(), state.to, state.hears)
        };
        let Some(mut to) = to else { return Ok(()) };
        to.set_port(to.port() + 1);
        let own = 0x5249_4e47u32.to_be_bytes();
        // RFC 3550 §6.4.2, one block; and §6.5: a name, without which no report is whole.
        let mut report = vec![0x81, 201, 0, 7];
        report.extend(own);
        report.extend(hears.to_be_bytes());
        report.extend([(share * 256.0) as u8, 0, 0, 0]);
        report.extend([0; 16]);
        report.extend([0x81, 202, 0, 2]);
        report.extend(own);
        report.extend([1, 1, b'x', 0]);
        socket.send_to(&report, to).await.map(drop)
    }

    pub fn is_opus(&self) -> bool {
        self.lock().opus.is_some()
    }

    pub fn send_to(&self, to: SocketAddr) {
        self.lock().to = Some(to);
    }

    pub fn sends_to(&self) -> Option<SocketAddr> {
        self.lock().to
    }

    /// Stop sending, as a phone does that lost its network.
    pub fn mute(&self, muted: bool) {
        self.lock().muted = muted;
    }

    /// Lose the next frames on their way: they are numbered, and do not come.
    pub fn lose(&self, frames: u32) {
        self.lock().losing = frames;
    }

    /// Go on as another source: another SSRC, another numbering, another clock (a telephone behind a gateway that starts anew).
    pub fn change_source(&self) {
        self.lock().sources += 1;
    }

    /// Say so many milliseconds in one packet from now on.
    pub fn packets_of(&self, ms: usize) {
        self.lock().frame = ms * 8;
    }

    /// Pause for so many packets: only the first is sent, and says what the line sounds like meanwhile (RFC 3389).
    pub fn pause(&self, packets: u32) {
        self.lock().pauses = packets;
    }

    /// Wait until it has paused.
    pub async fn paused(&self) {
        let mut tick = interval(Duration::from_millis(10));
        while self.lock().pauses > 0 {
            tick.tick().await;
        }
    }

    /// Every frame that was said so far, in order. Keys are not said.
    pub fn spoken(&self) -> Vec<Spoken> {
        self.lock().spoken.clone()
    }

    /// Press a key: seven packets, 100 ms, three of them with the end bit (RFC 4733 §2.5.1.4).
    pub fn press(&self, key: char) {
        let code = "0123456789*#ABCD".find(key).expect("a key of a telephone") as u8;
        self.lock().keys.push(code);
    }

    /// Say this (8 kHz), in place of the tone. [`Sound::said`] waits for the end of it.
    pub fn say(&self, sound: &[i16]) {
        self.lock().voice.extend(sound);
    }

    /// Wait until everything is said.
    pub async fn said(&self) {
        let mut tick = interval(Duration::from_millis(10));
        while !self.lock().voice.is_empty() {
            tick.tick().await;
        }
    }

    /// Another tone; 0: silence.
    pub fn hum(&self, hz: f32) {
        self.lock().speak_hz = hz;
    }

    /// Forget what was heard so far.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.heard.clear();
        state.packets.clear();
        state.opus_packets.clear();
    }

    pub fn heard(&self) -> Vec<i16> {
        self.lock().heard.clone()
    }

    pub fn packets(&self) -> Vec<(u16, u32, u8)> {
        self.lock().packets.clone()
    }

    /// Wait until the last half second holds this tone 20 dB above its surroundings, or give up. Returns its level in dBFS.
    pub async fn hears_tone(&self, hz: f32, within: Duration) -> Option<f32> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(20));
        loop {
            timeout_at(deadline, tick.tick()).await.ok()?;
            if let Some(level) = tone_at_the_end(&self.heard(), hz) {
                return Some(level);
            }
        }
    }

    /// Wait until at least this much sound with energy arrived, or give up.
    pub async fn hears_something(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(20));
        loop {
            if timeout_at(deadline, tick.tick()).await.is_err() {
                return false;
            }
            let loud = self.heard().iter().filter(|s| s.unsigned_abs() > 500).count();
            if loud > 2_000 {
                return true;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no panic while holding the sound")
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.speaks.abort();
        self.listens.abort();
    }
}

/// The level in dBFS of this tone in the last half second (8 kHz), if it is there: 20 dB above its surroundings.
pub fn tone_at_the_end(heard: &[i16], hz: f32) -> Option<f32> {
    let last = &heard[heard.len().checked_sub(4_000)?..];
    let level = tone::measure(last, 8_000, hz);
    let beside = tone::measure(last, 8_000, hz * 1.37);
    (level > -30.0 && level - beside > 20.0).then_some(level)
}

async fn listen(socket: Arc<UdpSocket>, state: Arc<Mutex<State>>) {
    let mut buffer = [0u8; 2_048];
    while let Ok((length, _)) = socket.recv_from(&mut buffer).await {
        let packet = &buffer[..length];
        if length < 12 || packet[0] >> 6 != 2 || (200..=207).contains(&packet[1]) {
            continue; // not RTP
        }
        let kind = packet[1] & 0x7f;
        let mut state = state.lock().expect("no panic while holding the sound");
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let timestamp = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        state.packets.push((sequence, timestamp, kind));
        state.hears = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        if kind == 0 {
            state.heard.extend(packet[12..].iter().map(|b| g711::ulaw_decode(*b)));
        } else if kind == OPUS
            && let Some((_, decoder)) = &mut state.opus
        {
            let mut sound = vec![0; 960];
            let made = decoder.decode(&packet[12..], &mut sound, false).unwrap_or(0);
            state.heard.extend(&sound[..made]);
            state.opus_packets.push(packet[12..].to_vec());
        }
    }
}

async fn speak(state: Arc<Mutex<State>>) {
    let (mut due, mut pausing) = (Instant::now(), false);
    let (mut sequence, mut timestamp, mut phase) = (1_000u16, 160_000u32, 0f32);
    let (mut source, mut changes, mut tick_number) = (0x5249_4e47u32, 0, 0);
    let mut key: Option<(u8, u8, u32)> = None; // event, packets sent, its timestamp
    loop {
        sleep_until(due).await;
        tick_number += 1;
        let (socket, to, hz, said, lost, length, noise) = {
            let mut state = state.lock().expect("no panic while holding the sound");
            if state.sources != changes {
                changes = state.sources;
                (source, sequence) = (source.wrapping_add(1), sequence.wrapping_mul(7).wrapping_add(999));
                timestamp = timestamp.wrapping_add(987_654_321);
            }
            if key.is_none() && state.to.is_some() && !state.keys.is_empty() {
                key = Some((state.keys.remove(0), 0, timestamp));
            }
            let said: Vec<i16> = match state.to {
                Some(_) => (0..state.frame).map_while(|_| state.voice.pop_front()).collect(),
                None => Vec::new(),
            };
            let lost = key.is_none() && state.losing > 0;
            state.losing -= u32::from(lost);
            let noise = (state.pauses > 0 && state.to.is_some()).then(|| !std::mem::replace(&mut pausing, true));
            state.pauses -= u32::from(noise.is_some());
            pausing &= noise.is_some();
            let to = state.to.filter(|_| !state.muted && noise != Some(false));
            (state.socket.clone(), to, state.speak_hz, said, lost, state.frame, noise.is_some())
        };
        due += Duration::from_micros(length as u64 * 125);
        let ticks = u16::try_from(length).expect("a short packet");
        let mut packet = vec![0x80, 0];
        packet.extend(sequence.to_be_bytes());
        match &mut key {
            Some((event, sent, began)) => {
                *sent += 1;
                packet[1] = 101 | if *sent == 1 { 0x80 } else { 0 };
                packet.extend(began.to_be_bytes());
                packet.extend(source.to_be_bytes());
                let duration = u16::from((*sent).min(5)) * ticks;
                packet.extend([*event, if *sent >= 5 { 0x8a } else { 0x0a }]);
                packet.extend(duration.to_be_bytes());
                if *sent == 7 {
                    key = None;
                }
            }
            None if noise => {
                packet[1] = 13;
                packet.extend(timestamp.to_be_bytes());
                packet.extend(source.to_be_bytes());
                packet.push(60); // -60 dBov
            }
            None => {
                let mut frame = vec![0i16; length];
                for (place, sample) in frame.iter_mut().enumerate() {
                    let tone = if hz > 0.0 { (phase.sin() * 8_000.0) as i16 } else { 0 };
                    *sample = said.get(place).copied().unwrap_or(tone);
                    phase = (phase + std::f32::consts::TAU * hz / 8_000.0) % std::f32::consts::TAU;
                }
                let mut state = state.lock().expect("no panic while holding the sound");
                let law: Vec<u8> = frame.iter().map(|s| g711::ulaw_encode(*s)).collect();
                let encoded = state.opus.as_mut().map(|(encoder, _)| encoder.encode_vec(&frame, 1_275));
                // The clock of Opus is six times as fast (RFC 7587 §4.1).
                let (kind, clock, payload) = match encoded {
                    Some(encoded) => (OPUS, 6, encoded.unwrap_or_default()),
                    None => (0, 1, law.clone()),
                };
                packet[1] = kind;
                packet.extend(timestamp.wrapping_mul(clock).to_be_bytes());
                packet.extend(source.to_be_bytes());
                packet.extend(payload);
                if to.is_some() {
                    let samples = law.iter().map(|b| g711::ulaw_decode(*b)).collect();
                    state.spoken.push(Spoken { tick: tick_number, samples, lost });
                }
            }
        }
        timestamp = timestamp.wrapping_add(ticks.into());
        if let Some(to) = to {
            sequence = sequence.wrapping_add(1);
            if !lost {
                // A refused send is the test's business: the other side has closed.
                let _ = socket.send_to(&packet, to).await;
            }
        }
    }
}
