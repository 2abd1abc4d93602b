//! Our side of a leg's description: answers, offers, and what a finished exchange means.

use super::Direction;
use super::browser::{self, Ours};
use super::read::{self, Audio, Format};
use super::sdes::Crypto;
use crate::codec::{Codec, OpusWish};
use crate::rtp::secure::{Keying, Keys, Suite};
use crate::webrtc::{Browser, Described};
use ringdesk_voice::{Refusal, Sdp, SrtpPolicy};
use sdp_types::{Attribute, Connection, Media, Origin, Session};
use std::net::{IpAddr, SocketAddr};

/// The payload type under which we offer telephone-event.
const TELEPHONE_EVENT: u8 = 101;
/// And under which we offer what has no number of its own, the first that is free.
const DYNAMIC: [u8; 4] = [107, 96, 97, 98];
/// What browsers call them themselves: Opus, and telephone-event on its clock.
const BROWSER_OPUS: u8 = 111;
const BROWSER_EVENT: u8 = 110;
/// The clock of telephone-event when there is no other.
const EVENT_CLOCK: u32 = 8_000;

/// What the other side said, as far as the leg needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) rtp: Option<SocketAddr>,
    pub(crate) rtcp: Option<SocketAddr>,
    pub(crate) rtcp_mux: bool,
    /// What we send.
    pub(crate) send: Format,
    /// Under which payload type we send digits; `None`: it does not know telephone-event.
    pub(crate) telephone_event: Option<u8>,
    pub(crate) event_clock: u32,
    /// How it wants its Opus.
    pub(crate) opus: OpusWish,
    /// Milliseconds of sound per packet it wants.
    pub(crate) ptime: u32,
    /// It does not want to hear us.
    pub(crate) held: bool,
    /// It said that it will send.
    pub(crate) sends: bool,
    /// What the sound is encrypted with, both ways; `None`: it is not.
    pub(crate) keys: Option<Keys>,
    /// A browser's half of its handshake.
    pub(crate) browser: Option<Described>,
}

/// The payload types a leg takes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// At most one of each codec. Every packet is compared with them, so they lie where the leg lies.
    formats: [Option<Format>; Codec::ALL.len()],
    telephone_event: [Option<(u8, u32)>; 3],
}

impl Accepted {
    pub(crate) fn codec(&self, payload_type: u8) -> Option<Codec> {
        self.formats.iter().flatten().find(|f| f.payload_type == payload_type).map(|f| f.codec)
    }

    pub(crate) fn is_telephone_event(&self, payload_type: u8) -> bool {
        self.telephone_event.iter().flatten().any(|(pt, _)| *pt == payload_type)
    }

    /// Ticks per second of a telephone-event.
    pub(crate) fn event_clock(&self, payload_type: u8) -> u32 {
        self.telephone_event.iter().flatten().find(|(pt, _)| *pt == payload_type).map_or(EVENT_CLOCK, |(_, c)| *c)
    }

    pub(crate) fn event_clocks(&self) -> impl Iterator<Item = u32> {
        self.telephone_event.iter().flatten().map(|(_, clock)| *clock)
    }
}

/// Our side: address, `o=` line, the lines of the session so far.
#[derive(Debug)]
pub(crate) struct Local {
    session: u64,
    version: u64,
    address: IpAddr,
    port: u16,
    /// Every m-line of the session by position (RFC 3264 §8: none ever goes away). Empty before the first exchange.
    lines: Vec<Line>,
    /// Payload types of the last exchange; they keep their meaning (RFC 3264 §8.3.2).
    formats: Vec<Format>,
    telephone_event: Option<(u8, u32)>,
    /// A second one of ours, on the telephone's clock: not every browser knows keys on that of Opus.
    second_event: Option<(u8, u32)>,
    /// The other side's `telephone-event` where it differs from ours.
    their_telephone_event: Option<(u8, u32)>,
    ptime: Option<u32>,
    /// Agreed when they offered it; later offers of ours keep it.
    rtcp_mux: bool,
    policy: SrtpPolicy,
    /// Only these are spoken, best first. Empty: what the house speaks.
    codecs: Vec<Codec>,
    /// No telephone-event is spoken of.
    keys_in_sound: bool,
    /// The keys of ours that are written: one in an answer, one for every suite in an offer. They stay as long as the
    /// other side's do.
    crypto: Vec<Crypto>,
    /// Which of them the other side has chosen, and what it encrypts with.
    chosen: Option<Keying>,
    theirs: Option<Keying>,
    /// Where the other side is a browser.
    browser: Option<Ours>,
    /// What we last sent, to know when the version has to grow.
    last: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    media: String,
    proto: String,
    fmt: String,
    mid: Option<String>,
    ours: bool,
}

impl Local {
    pub(crate) fn new(session: u64, address: SocketAddr, policy: SrtpPolicy) -> Self {
        Local {
            session,
            version: 1,
            address: address.ip(),
            port: address.port(),
            lines: Vec::new(),
            formats: Vec::new(),
            telephone_event: None,
            second_event: None,
            their_telephone_event: None,
            ptime: None,
            rtcp_mux: false,
            policy,
            codecs: Vec::new(),
            keys_in_sound: false,
            crypto: Vec::new(),
            chosen: None,
            theirs: None,
            browser: None,
            last: None,
        }
    }

    /// Speak only these, best first, as far as they are known.
    pub(crate) fn speak_only(&mut self, codecs: &[String]) {
        self.codecs = codecs.iter().filter_map(|name| Codec::from_name(name)).collect();
    }

    /// Keys go as sound and nothing else.
    pub(crate) fn keys_in_sound(&mut self, wanted: bool) {
        self.keys_in_sound = wanted;
    }

    /// The first of those that may be spoken; the other leg's codec before them, if it is one of them.
    fn choose_allowed(&self, formats: &[Format], prefer: Option<Codec>) -> Result<Format, Refusal> {
        if self.codecs.is_empty() {
            return Ok(choose(formats, prefer));
        }
        let wish = prefer.filter(|codec| self.codecs.contains(codec));
        let mut order = wish.into_iter().chain(self.codecs.iter().copied());
        order.find_map(|codec| formats.iter().find(|f| f.codec == codec).copied()).ok_or(Refusal::NoCommonCodec)
    }

    /// Answer an offer. On refusal nothing has changed.
    pub(crate) fn answer(&mut self, offer: &Offered, prefer: Option<Codec>) -> Result<(Sdp, Remote), Refusal> {
        let audio = &offer.audio;
        let send = self.choose_allowed(&audio.formats, prefer)?;
        let keys = self.answer_keys(audio)?;
        self.lines = (offer.session.medias.iter().enumerate())
            .map(|(i, m)| Line {
                media: m.media.clone(),
                proto: m.proto.clone(),
                fmt: m.fmt.clone(),
                mid: m.get_first_attribute_value("mid").flatten().map(str::to_owned),
                ours: i == offer.line,
            })
            .collect();
        if let (Some(ours), Some(mid)) = (&mut self.browser, self.lines.get(offer.line).and_then(|l| l.mid.clone())) {
            ours.mid = mid;
        }
        // One codec: the other side cannot change it in mid-call without asking.
        self.formats = vec![send];
        self.telephone_event = events_for(send.codec, audio).filter(|_| !self.keys_in_sound);
        self.second_event = None;
        self.their_telephone_event = None;
        self.ptime = audio.ptime;
        self.rtcp_mux = audio.rtcp_mux;
        let remote = self.remote(audio, send, keys);
        let direction = Direction::new(!remote.held, remote.sends);
        Ok((self.write(direction), remote))
    }

    /// The first line of theirs that we can use, under our own key: the one of before as long as theirs is the one of before,
    /// else a new one (RFC 4568 §7.1.4).
    fn answer_keys(&mut self, audio: &Audio) -> Result<Option<Keys>, Refusal> {
        let Some(Crypto { tag, keying: receive }) = audio.crypto.first() else {
            (self.crypto, self.theirs) = (Vec::new(), None);
            return Ok(None);
        };
        let kept = self.crypto.iter().find(|ours| ours.keying.suite == receive.suite);
        let send = match kept.filter(|_| self.theirs.as_ref() == Some(receive)) {
            Some(kept) => kept.keying.clone(),
            None => Keying::fresh(receive.suite).ok_or(Refusal::Unsecured)?,
        };
        self.crypto = vec![Crypto { tag: *tag, keying: send.clone() }];
        self.chosen = Some(send.clone());
        self.theirs = Some(receive.clone());
        Ok(Some(Keys { receive: receive.clone(), send }))
    }

    /// Keys for an offer: those in use, else a new one for every suite.
    fn offer_keys(&mut self) -> Result<(), Refusal> {
        let wanted = match self.policy {
            SrtpPolicy::Off => false,
            // Once a session is encrypted it stays so.
            SrtpPolicy::Optional => !self.crypto.is_empty(),
            SrtpPolicy::Offered => self.lines.is_empty() || !self.crypto.is_empty(),
            SrtpPolicy::Required => true,
        };
        // Before an answer has come the offer is the same again; after it, what was chosen is all.
        if let Some(chosen) = &self.chosen {
            self.crypto.retain(|ours| ours.keying == *chosen);
        }
        if !wanted {
            self.crypto.clear();
        } else if self.crypto.is_empty() {
            let fresh = |(n, suite)| Some(Crypto { tag: n, keying: Keying::fresh(suite)? });
            let all: Option<Vec<Crypto>> = (1..).zip(Suite::OFFERED).map(fresh).collect();
            self.crypto = all.ok_or(Refusal::Unsecured)?;
        }
        Ok(())
    }

    /// Make an offer. A later one keeps port, lines and payload types.
    pub(crate) fn offer(&mut self, prefer: Option<Codec>) -> Result<Sdp, Refusal> {
        if self.browser.is_some() {
            return Ok(self.offer_browser(prefer));
        }
        self.offer_keys()?;
        // What was spoken so far comes first, so that an offer without a wish changes nothing.
        let mut formats = self.formats.clone();
        // A wideband codec is offered where the other leg speaks it: then nothing is converted.
        let allowed = |codec: &Codec| self.codecs.is_empty() || self.codecs.contains(codec);
        let prefer = prefer.filter(allowed);
        let usual = if self.codecs.is_empty() { Codec::G711.to_vec() } else { self.codecs.clone() };
        for codec in usual.into_iter().chain(prefer) {
            if formats.iter().all(|f| f.codec != codec) {
                let free = |pt: &u8| {
                    formats.iter().all(|f| f.payload_type != *pt) && self.telephone_event.is_none_or(|(e, _)| e != *pt)
                };
                let payload_type = codec.payload_type().or_else(|| DYNAMIC.into_iter().find(free));
                formats.extend(payload_type.map(|payload_type| Format { payload_type, codec }));
            }
        }
        formats.sort_by_key(|f| prefer.is_some_and(|wish| f.codec != wish));
        self.formats = formats;
        self.telephone_event = match self.keys_in_sound {
            true => None,
            false => self.telephone_event.or(Some((TELEPHONE_EVENT, EVENT_CLOCK))),
        };
        self.ptime = self.ptime.or(Some(20));
        let fmt = fmt_of(&self.formats, self.telephone_event.map(|(pt, _)| pt));
        if self.lines.is_empty() {
            let proto = if self.policy == SrtpPolicy::Required { "RTP/SAVP" } else { "RTP/AVP" };
            self.lines.push(Line { media: "audio".into(), proto: proto.into(), fmt, mid: None, ours: true });
        }
        Ok(self.write(Direction::SendRecv))
    }

    /// To a browser only codecs of one clock are offered: it has all of them, and keys on the wrong clock have the wrong length.
    fn offer_browser(&mut self, prefer: Option<Codec>) -> Sdp {
        let before = |codec: Codec, free: u8| {
            self.formats.iter().find(|f| f.codec == codec).copied().unwrap_or(Format { payload_type: free, codec })
        };
        let wish = prefer.or(self.formats.first().map(|f| f.codec));
        let formats = match wish {
            Some(Codec::Opus) => vec![before(Codec::Opus, BROWSER_OPUS)],
            _ => {
                let codecs = wish.into_iter().chain(Codec::G711.into_iter().filter(|c| Some(*c) != wish));
                codecs.filter_map(|c| Some(Format { payload_type: c.payload_type()?, codec: c })).collect()
            }
        };
        self.formats = formats;
        let clock = self.formats.first().map_or(EVENT_CLOCK, |f| f.codec.clock());
        if self.telephone_event.is_none_or(|(_, before)| before != clock) {
            let payload_type = if clock == EVENT_CLOCK { TELEPHONE_EVENT } else { BROWSER_EVENT };
            self.telephone_event = Some((payload_type, clock));
        }
        self.second_event = (clock != EVENT_CLOCK).then_some((TELEPHONE_EVENT, EVENT_CLOCK));
        self.ptime = self.ptime.or(Some(20));
        if self.lines.is_empty() {
            let fmt = fmt_of(&self.formats, None);
            let proto = browser::PROTOCOLS[0].into();
            let mid = self.browser.as_ref().map(|ours| ours.mid.clone());
            self.lines.push(Line { media: "audio".into(), proto, fmt, mid, ours: true });
        }
        self.write(Direction::SendRecv)
    }

    /// The other side is a browser.
    pub(crate) fn describe_browser(&mut self, ours: Ours) {
        self.rtcp_mux = true;
        self.browser = Some(ours);
    }

    /// What is written of us has changed. `offer`: else an answer is written.
    pub(crate) fn renew(&mut self, browser: &Browser, offer: bool) {
        if let Some(ours) = &mut self.browser {
            ours.renew(browser, offer);
        }
    }

    /// Take an answer to our offer; may come again, from other forks. On refusal nothing has changed.
    pub(crate) fn take_answer(&mut self, body: &Sdp) -> Result<Remote, Refusal> {
        let session = read::parse(&body.0)?;
        let line = self.lines.iter().position(|l| l.ours).unwrap_or(0);
        let media = session.medias.get(line).ok_or(Refusal::NoAudio)?;
        let mut audio = read::audio(&session, media, self.address.is_ipv6())?;
        if audio.browser.is_some() != self.browser.is_some() {
            return Err(Refusal::Unsecured);
        }
        let keys = self.answered_keys(&audio)?;
        audio.formats.retain(|f| self.formats.iter().any(|ours| ours.codec == f.codec));
        let send = *audio.formats.first().ok_or(Refusal::NoCommonCodec)?;
        self.their_telephone_event = events_for(send.codec, &audio).filter(|_| !self.keys_in_sound);
        // What we did not offer an answer cannot choose (RFC 5761 §5.1.1).
        if audio.rtcp_mux && !self.rtcp_mux {
            audio.rtcp_mux = false;
            audio.rtcp = audio.rtp.and_then(|a| Some(SocketAddr::new(a.ip(), a.port().checked_add(1)?)));
        }
        self.theirs = keys.as_ref().map(|keys| keys.receive.clone());
        self.chosen = keys.as_ref().map(|keys| keys.send.clone());
        Ok(self.remote(&audio, send, keys))
    }

    fn remote(&self, audio: &Audio, send: Format, keys: Option<Keys>) -> Remote {
        let remote = remote(audio, send, keys);
        Remote { telephone_event: remote.telephone_event.filter(|_| !self.keys_in_sound), ..remote }
    }

    /// The key of the one line that an answer has: its tag says which of ours it belongs to (RFC 4568 §5.1.3).
    fn answered_keys(&self, audio: &Audio) -> Result<Option<Keys>, Refusal> {
        let Some(theirs) = audio.crypto.first().filter(|_| !self.crypto.is_empty()) else {
            // Offered beside plain sound it may be left; where it was not offered beside that, it may not.
            let may_be_plain = !audio.secure && self.policy != SrtpPolicy::Required;
            return if may_be_plain { Ok(None) } else { Err(Refusal::Unsecured) };
        };
        let ours = self.crypto.iter().find(|o| o.tag == theirs.tag && o.keying.suite == theirs.keying.suite);
        let send = ours.filter(|_| audio.crypto.len() == 1).ok_or(Refusal::Unsecured)?.keying.clone();
        Ok(Some(Keys { receive: theirs.keying.clone(), send }))
    }

    pub(crate) fn srtp(&self) -> SrtpPolicy {
        self.policy
    }

    /// What may arrive after the last exchange.
    pub(crate) fn accepted(&self) -> Accepted {
        let telephone_event = [self.telephone_event, self.second_event, self.their_telephone_event];
        let mut formats = [None; Codec::ALL.len()];
        for (place, format) in formats.iter_mut().zip(&self.formats) {
            *place = Some(*format);
        }
        Accepted { formats, telephone_event }
    }

    fn events(&self) -> impl Iterator<Item = (u8, u32)> {
        [self.telephone_event, self.second_event].into_iter().flatten()
    }

    fn write(&mut self, direction: Direction) -> Sdp {
        let connection = Connection::from_ip_addr(self.address);
        let mut session = Session::new(Origin::with_ip_addr(self.session, 0, self.address), "-");
        session.connection = Some(connection);
        if let Some(ours) = &self.browser {
            session.attributes = ours.session_attributes();
        }
        for line in &self.lines {
            let mut media = Media {
                media: line.media.clone(),
                port: 0,
                num_ports: None,
                proto: line.proto.clone(),
                fmt: line.fmt.clone(),
                media_title: None,
                connections: Vec::new(),
                bandwidths: Vec::new(),
                key: None,
                attributes: Vec::new(),
            };
            if line.ours {
                media.port = self.port;
                media.fmt = fmt_of(&self.formats, self.events().map(|(pt, _)| pt));
                media.attributes = self.attributes(direction);
            } else if let Some(mid) = line.mid.as_ref().filter(|_| self.browser.is_some()) {
                media.attributes = browser::unused(mid);
            }
            session.medias.push(media);
        }
        // RFC 3264 §8: the version grows by one when, and only when, the description differs.
        if self.last.as_ref().is_some_and(|last| *last != session) {
            self.version += 1;
        }
        self.last = Some(session.clone());
        session.origin.sess_version = self.version;
        let mut out = Vec::with_capacity(512);
        session.write(&mut out).expect("writing to memory does not fail");
        Sdp::from(out)
    }

    fn attributes(&self, direction: Direction) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        for Format { payload_type, codec } in &self.formats {
            let channels = if codec.channels() == 1 { "" } else { "/2" };
            let map = format!("{payload_type} {}/{}{channels}", codec.name(), codec.clock());
            attributes.push(Attribute::with_value("rtpmap", map));
            if *codec == Codec::Opus {
                attributes.push(Attribute::with_value("fmtp", format!("{payload_type} useinbandfec=1")));
            }
        }
        for (pt, clock) in self.events() {
            attributes.push(Attribute::with_value("rtpmap", format!("{pt} telephone-event/{clock}")));
            attributes.push(Attribute::with_value("fmtp", format!("{pt} 0-15")));
        }
        for crypto in &self.crypto {
            attributes.push(Attribute::with_value("crypto", crypto.write()));
        }
        if let Some(ptime) = self.ptime {
            attributes.push(Attribute::with_value("ptime", ptime));
        }
        if self.rtcp_mux {
            attributes.push(Attribute::new("rtcp-mux"));
        }
        attributes.push(Attribute::new(direction.name()));
        if let Some(ours) = &self.browser {
            attributes.extend(ours.attributes());
        }
        attributes
    }
}

/// An offer that can be answered.
pub(crate) struct Offered {
    session: Session,
    line: usize,
    audio: Audio,
}

/// Read an offer for an interface of this address family, from whom this is wanted.
pub(crate) fn offered(body: &Sdp, ipv6: bool, policy: SrtpPolicy) -> Result<Offered, Refusal> {
    let session = read::parse(&body.0)?;
    let (line, audio) = read::usable_audio(&session, ipv6, policy)?;
    Ok(Offered { session, line, audio })
}

impl Offered {
    /// A browser's half, where it is one.
    pub(crate) fn browser(&self) -> Option<&Described> {
        self.audio.browser.as_ref()
    }

    /// The codec that it names first.
    pub(crate) fn first(&self) -> Option<Codec> {
        self.audio.formats.first().map(|f| f.codec)
    }
}

/// Without a wish the first G.711: what costs a conversion is spoken on purpose, or where there is nothing else.
fn choose(formats: &[Format], prefer: Option<Codec>) -> Format {
    let preferred = formats.iter().find(|f| Some(f.codec) == prefer);
    let cheap = || formats.iter().find(|f| !f.codec.is_wide());
    *preferred.or_else(cheap).or(formats.first()).expect("an audio line without a known codec was refused")
}

fn remote(audio: &Audio, send: Format, keys: Option<Keys>) -> Remote {
    Remote {
        rtp: audio.rtp,
        rtcp: audio.rtcp,
        rtcp_mux: audio.rtcp_mux,
        send,
        telephone_event: events_for(send.codec, audio).map(|(pt, _)| pt),
        event_clock: events_for(send.codec, audio).map_or(EVENT_CLOCK, |(_, clock)| clock),
        opus: audio.opus,
        ptime: packet_time(audio, send.codec),
        held: audio.blackholed || !audio.direction.receives(),
        sends: audio.direction.sends(),
        keys,
        browser: audio.browser.clone(),
    }
}

/// Telephone-event on the codec's own clock; else, if they offer it, on the telephone's (RFC 4733 §2.1 wants the former,
/// not all know it).
fn events_for(codec: Codec, audio: &Audio) -> Option<(u8, u32)> {
    let on = |clock| audio.telephone_events.iter().copied().find(|(_, c)| *c == clock);
    on(codec.clock()).or_else(|| on(EVENT_CLOCK))
}

/// The packet time we send with: theirs where it is one we can make, within their maximum.
fn packet_time(audio: &Audio, codec: Codec) -> u32 {
    // An Opus frame of 30 ms there is not (RFC 6716 §2.1.4).
    let can = |ms: &u32| [10, 20, 30, 40, 60].contains(ms) && (codec != Codec::Opus || *ms != 30);
    let wanted = audio.ptime.filter(can).unwrap_or(20);
    match audio.maxptime {
        Some(most) if most < wanted => {
            [60, 40, 30, 20, 10].into_iter().filter(can).find(|ms| *ms <= most).unwrap_or(10)
        }
        _ => wanted,
    }
}

fn fmt_of(formats: &[Format], telephone_event: impl IntoIterator<Item = u8>) -> String {
    let all = formats.iter().map(|f| f.payload_type).chain(telephone_event);
    all.map(|pt| pt.to_string()).collect::<Vec<_>>().join(" ")
}
