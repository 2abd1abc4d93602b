//! Reading the other side's description: which line is the audio we can use, and what it says.

use super::Direction;
use super::browser;
use super::sdes::{self, Crypto};
use crate::codec::{Codec, OpusWish};
use crate::webrtc::Described;
use ringdesk_voice::{Refusal, SrtpPolicy};
use sdp_types::{Attribute, Connection, Media, Session};
use std::net::{IpAddr, SocketAddr};

/// Larger descriptions are refused; a browser's with video and data is around 8 kB.
const LARGEST: usize = 64 * 1024;
const MOST_LINES: usize = 32;

/// One payload type of an audio line that we can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) payload_type: u8,
    pub(crate) codec: Codec,
}

/// The audio line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audio {
    /// Codecs we know, in the order of the line.
    pub(crate) formats: Vec<Format>,
    /// Payload types of telephone-event (RFC 4733), and their clocks.
    pub(crate) telephone_events: Vec<(u8, u32)>,
    /// What is wished for of Opus.
    pub(crate) opus: OpusWish,
    /// `None`: no usable address yet (a host name, or held by `0.0.0.0`); its packets will show it.
    pub(crate) rtp: Option<SocketAddr>,
    pub(crate) rtcp: Option<SocketAddr>,
    pub(crate) rtcp_mux: bool,
    pub(crate) direction: Direction,
    /// Hold in the spelling of RFC 2543: `c=IN IP4 0.0.0.0`.
    pub(crate) blackholed: bool,
    /// `a=ptime`, as written.
    pub(crate) ptime: Option<u32>,
    pub(crate) maxptime: Option<u32>,
    /// The line's profile wants encryption: `RTP/SAVP`, `RTP/SAVPF`.
    pub(crate) secure: bool,
    /// The keys that we can use, the most wanted first.
    pub(crate) crypto: Vec<Crypto>,
    /// It is a browser's.
    pub(crate) browser: Option<Described>,
}

pub(crate) fn parse(body: &[u8]) -> Result<Session, Refusal> {
    if body.len() > LARGEST {
        return Err(Refusal::Malformed);
    }
    // Old telephones write Latin-1 into `s=`; nothing we use is outside ASCII.
    let text = String::from_utf8_lossy(body);
    let session = Session::parse(text.as_bytes()).map_err(|_| Refusal::Malformed)?;
    if session.medias.len() > MOST_LINES {
        return Err(Refusal::Malformed);
    }
    Ok(session)
}

/// The first audio line that RTP can serve under this policy, one with keys before one without; and its position.
pub(crate) fn usable_audio(session: &Session, ipv6: bool, policy: SrtpPolicy) -> Result<(usize, Audio), Refusal> {
    let mut why = Refusal::NoAudio;
    let mut plain = None;
    for (index, media) in session.medias.iter().enumerate() {
        match audio(session, media, ipv6).and_then(|audio| allowed(audio, policy)) {
            Ok(audio) if !audio.crypto.is_empty() || audio.browser.is_some() => return Ok((index, audio)),
            Ok(audio) => plain = plain.or(Some((index, audio))),
            // A later line may be better; what it is about says more than "no audio".
            Err(refusal @ (Refusal::NoCommonCodec | Refusal::Unsecured)) => why = refusal,
            Err(Refusal::Malformed) if why == Refusal::NoAudio => why = Refusal::Malformed,
            Err(_) => {}
        }
    }
    plain.ok_or(why)
}

/// What the policy makes of a line.
fn allowed(mut audio: Audio, policy: SrtpPolicy) -> Result<Audio, Refusal> {
    if audio.browser.is_some() {
        return Ok(audio);
    }
    match policy {
        SrtpPolicy::Off if audio.secure => Err(Refusal::Unsecured),
        SrtpPolicy::Off => {
            audio.crypto.clear();
            Ok(audio)
        }
        // RFC 4568 §5.1.2: without a key that can be used such a line is refused.
        _ if audio.secure && audio.crypto.is_empty() => Err(Refusal::Unsecured),
        SrtpPolicy::Required if audio.crypto.is_empty() => Err(Refusal::Unsecured),
        _ => Ok(audio),
    }
}

pub(crate) fn audio(session: &Session, media: &Media, ipv6: bool) -> Result<Audio, Refusal> {
    let is = |profiles: [&str; 2]| profiles.iter().any(|p| media.proto.eq_ignore_ascii_case(p));
    let secure = is(["RTP/SAVP", "RTP/SAVPF"]);
    let browsers = is(browser::PROTOCOLS);
    let known = secure || browsers || is(["RTP/AVP", "RTP/AVPF"]);
    if !media.media.eq_ignore_ascii_case("audio") || media.port == 0 || !known {
        return Err(Refusal::NoAudio);
    }
    let (formats, telephone_events) = formats(media);
    if formats.is_empty() {
        return Err(Refusal::NoCommonCodec);
    }
    let browser = browsers.then(|| browser::read(session, media).ok_or(Refusal::Unsecured)).transpose()?;
    // RFC 8866 §5.7: a connection for every stream, of its own or of the session.
    let connection = media.connections.first().or(session.connection.as_ref()).ok_or(Refusal::Malformed)?;
    // A browser writes no address there, and is found by its checks.
    let ip = address(connection).filter(|_| browser.is_none());
    if ip.is_some_and(|ip| ip.is_ipv6() != ipv6) {
        return Err(Refusal::NoAudio);
    }
    let blackholed = ip.is_some_and(|ip| ip.is_unspecified());
    let ip = ip.filter(|ip| !ip.is_unspecified());
    let rtcp_mux = media.has_attribute("rtcp-mux") || browser.is_some();
    let rtp = ip.map(|ip| SocketAddr::new(ip, media.port));
    Ok(Audio {
        opus: opus(media, &formats),
        formats,
        telephone_events,
        rtp,
        rtcp: rtp.and_then(|rtp| if rtcp_mux { Some(rtp) } else { rtcp(media, rtp) }),
        rtcp_mux,
        direction: direction(&media.attributes).or(direction(&session.attributes)).unwrap_or(Direction::SendRecv),
        blackholed,
        ptime: number(media, "ptime"),
        maxptime: number(media, "maxptime"),
        secure,
        crypto: if browser.is_some() { Vec::new() } else { sdes::read(media) },
        browser,
    })
}

fn formats(media: &Media) -> (Vec<Format>, Vec<(u8, u32)>) {
    let mut formats = Vec::new();
    let mut telephone_events: Vec<(u8, u32)> = Vec::new();
    for payload_type in media.fmt.split_ascii_whitespace().filter_map(|f| f.parse::<u8>().ok()).filter(|pt| *pt < 128) {
        match rtpmap(media, payload_type) {
            Some((name, clock, channels)) => {
                let known = |c: &Codec| clock == c.clock() && channels == c.channels();
                if name.eq_ignore_ascii_case("telephone-event") && [8_000, 48_000].contains(&clock) {
                    if telephone_events.iter().all(|(_, before)| *before != clock) {
                        telephone_events.push((payload_type, clock));
                    }
                } else if let Some(codec) = Codec::from_name(name).filter(known) {
                    formats.push(Format { payload_type, codec });
                }
            }
            // The static types need no rtpmap (RFC 3551 §6).
            None => {
                if let Some(codec) = Codec::ALL.into_iter().find(|c| c.payload_type() == Some(payload_type)) {
                    formats.push(Format { payload_type, codec });
                }
            }
        }
    }
    (formats, telephone_events)
}

/// `a=fmtp:<type> <name>=<value>;…` of the first Opus.
fn opus(media: &Media, formats: &[Format]) -> OpusWish {
    let Some(format) = formats.iter().find(|f| f.codec == Codec::Opus) else { return OpusWish::default() };
    let values = media.get_attribute_values("fmtp").flatten().filter_map(|value| value.trim().split_once(' '));
    let fmtp = values.into_iter().find(|(number, _)| number.parse() == Ok(format.payload_type));
    fmtp.map(|(_, fmtp)| OpusWish::parse(fmtp)).unwrap_or_default()
}

/// `a=rtpmap:<type> <name>/<clock>[/<channels>]`
fn rtpmap(media: &Media, payload_type: u8) -> Option<(&str, u32, u32)> {
    media.get_attribute_values("rtpmap").flatten().find_map(|value| {
        let (number, map) = value.trim().split_once(' ')?;
        if number.parse() != Ok(payload_type) {
            return None;
        }
        let mut parts = map.trim().split('/');
        let name = parts.next()?;
        let clock = parts.next()?.trim().parse().ok()?;
        let channels = parts.next().and_then(|c| c.trim().parse().ok()).unwrap_or(1);
        Some((name, clock, channels))
    })
}

fn address(connection: &Connection) -> Option<IpAddr> {
    connection.connection_address.split('/').next()?.parse().ok()
}

/// RFC 3605; without the attribute the next higher port.
fn rtcp(media: &Media, rtp: SocketAddr) -> Option<SocketAddr> {
    let Some(value) = media.get_first_attribute_value("rtcp").flatten() else {
        return rtp.port().checked_add(1).map(|port| SocketAddr::new(rtp.ip(), port));
    };
    let mut words = value.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let ip = words.nth(2).and_then(|ip| ip.parse().ok()).unwrap_or(rtp.ip());
    Some(SocketAddr::new(ip, port))
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|a| Direction::from_name(&a.attribute))
}

fn number(media: &Media, name: &str) -> Option<u32> {
    // Some write `a=ptime:20.0`.
    media.get_first_attribute_value(name).flatten()?.trim().split('.').next()?.parse().ok()
}
