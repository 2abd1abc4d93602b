//! Our side of a leg's description: answers, offers, and what a finished exchange means.

use super::Direction;
use super::read::{self, Audio, Format};
use crate::codec::Codec;
use ringdesk_voice::{Refusal, Sdp};
use sdp_types::{Attribute, Connection, Media, Origin, Session};
use std::net::{IpAddr, SocketAddr};

/// The payload type under which we offer telephone-event.
const TELEPHONE_EVENT: u8 = 101;

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
    /// Milliseconds of sound per packet it wants.
    pub(crate) ptime: u32,
    /// It does not want to hear us.
    pub(crate) held: bool,
    /// It said that it will send.
    pub(crate) sends: bool,
}

/// The payload types a leg takes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    formats: Vec<Format>,
    telephone_event: [Option<u8>; 2],
}

impl Accepted {
    pub(crate) fn codec(&self, payload_type: u8) -> Option<Codec> {
        self.formats.iter().find(|f| f.payload_type == payload_type).map(|f| f.codec)
    }

    pub(crate) fn is_telephone_event(&self, payload_type: u8) -> bool {
        self.telephone_event.contains(&Some(payload_type))
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
    telephone_event: Option<u8>,
    /// The other side's `telephone-event` where it differs from ours.
    their_telephone_event: Option<u8>,
    ptime: Option<u32>,
    /// Agreed when they offered it; later offers of ours keep it.
    rtcp_mux: bool,
    /// What we last sent, to know when the version has to grow.
    last: Option<Session>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    media: String,
    proto: String,
    fmt: String,
    ours: bool,
}

impl Local {
    pub(crate) fn new(session: u64, address: SocketAddr) -> Self {
        Local {
            session,
            version: 1,
            address: address.ip(),
            port: address.port(),
            lines: Vec::new(),
            formats: Vec::new(),
            telephone_event: None,
            their_telephone_event: None,
            ptime: None,
            rtcp_mux: false,
            last: None,
        }
    }

    /// Answer an offer. On refusal nothing has changed.
    pub(crate) fn answer(&mut self, offer: &Offered, prefer: Option<Codec>) -> (Sdp, Remote) {
        let audio = &offer.audio;
        let send = choose(&audio.formats, prefer);
        self.lines = (offer.session.medias.iter().enumerate())
            .map(|(i, m)| Line {
                media: m.media.clone(),
                proto: m.proto.clone(),
                fmt: m.fmt.clone(),
                ours: i == offer.line,
            })
            .collect();
        // One codec: the other side cannot change it in mid-call without asking.
        self.formats = vec![send];
        self.telephone_event = audio.telephone_event;
        self.their_telephone_event = None;
        self.ptime = audio.ptime;
        self.rtcp_mux = audio.rtcp_mux;
        let remote = remote(audio, send);
        let direction = Direction::new(!remote.held, remote.sends);
        (self.write(direction), remote)
    }

    /// Make an offer. A later one keeps port, lines and payload types.
    pub(crate) fn offer(&mut self, prefer: Option<Codec>) -> Sdp {
        // What was spoken so far comes first, so that an offer without a wish changes nothing.
        let mut formats = self.formats.clone();
        for codec in Codec::ALL {
            if formats.iter().all(|f| f.codec != codec) {
                formats.push(Format { payload_type: codec.payload_type(), codec });
            }
        }
        formats.sort_by_key(|f| prefer.is_some_and(|wish| f.codec != wish));
        self.formats = formats;
        let telephone_event = *self.telephone_event.get_or_insert(TELEPHONE_EVENT);
        self.ptime = self.ptime.or(Some(20));
        let fmt = fmt_of(&self.formats, Some(telephone_event));
        if self.lines.is_empty() {
            self.lines.push(Line { media: "audio".into(), proto: "RTP/AVP".into(), fmt, ours: true });
        }
        self.write(Direction::SendRecv)
    }

    /// Take an answer to our offer; may come again, from other forks. On refusal nothing has changed.
    pub(crate) fn take_answer(&mut self, body: &Sdp) -> Result<Remote, Refusal> {
        let session = read::parse(&body.0)?;
        let line = self.lines.iter().position(|l| l.ours).unwrap_or(0);
        let media = session.medias.get(line).ok_or(Refusal::NoAudio)?;
        let mut audio = read::audio(&session, media, self.address.is_ipv6())?;
        audio.formats.retain(|f| self.formats.iter().any(|ours| ours.codec == f.codec));
        let send = *audio.formats.first().ok_or(Refusal::NoCommonCodec)?;
        self.their_telephone_event = audio.telephone_event;
        // What we did not offer an answer cannot choose (RFC 5761 §5.1.1).
        if audio.rtcp_mux && !self.rtcp_mux {
            audio.rtcp_mux = false;
            audio.rtcp = audio.rtp.and_then(|a| Some(SocketAddr::new(a.ip(), a.port().checked_add(1)?)));
        }
        Ok(remote(&audio, send))
    }

    /// What may arrive after the last exchange.
    pub(crate) fn accepted(&self) -> Accepted {
        Accepted { formats: self.formats.clone(), telephone_event: [self.telephone_event, self.their_telephone_event] }
    }

    fn write(&mut self, direction: Direction) -> Sdp {
        let connection = Connection::from_ip_addr(self.address);
        let mut session = Session::new(Origin::with_ip_addr(self.session, 0, self.address), "-");
        session.connection = Some(connection);
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
                media.fmt = fmt_of(&self.formats, self.telephone_event);
                media.attributes = self.attributes(direction);
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
        let mut attributes: Vec<Attribute> = (self.formats.iter())
            .map(|f| Attribute::with_value("rtpmap", format!("{} {}/8000", f.payload_type, f.codec.name())))
            .collect();
        if let Some(pt) = self.telephone_event {
            attributes.push(Attribute::with_value("rtpmap", format!("{pt} telephone-event/8000")));
            attributes.push(Attribute::with_value("fmtp", format!("{pt} 0-15")));
        }
        if let Some(ptime) = self.ptime {
            attributes.push(Attribute::with_value("ptime", ptime));
        }
        if self.rtcp_mux {
            attributes.push(Attribute::new("rtcp-mux"));
        }
        attributes.push(Attribute::new(direction.name()));
        attributes
    }
}

/// An offer that can be answered.
pub(crate) struct Offered {
    session: Session,
    line: usize,
    audio: Audio,
}

/// Read an offer for an interface of this address family.
pub(crate) fn offered(body: &Sdp, ipv6: bool) -> Result<Offered, Refusal> {
    let session = read::parse(&body.0)?;
    let (line, audio) = read::usable_audio(&session, ipv6)?;
    Ok(Offered { session, line, audio })
}

fn choose(formats: &[Format], prefer: Option<Codec>) -> Format {
    let preferred = formats.iter().find(|f| Some(f.codec) == prefer);
    *preferred.or(formats.first()).expect("an audio line without a known codec was refused")
}

fn remote(audio: &Audio, send: Format) -> Remote {
    Remote {
        rtp: audio.rtp,
        rtcp: audio.rtcp,
        rtcp_mux: audio.rtcp_mux,
        send,
        telephone_event: audio.telephone_event,
        ptime: packet_time(audio),
        held: audio.blackholed || !audio.direction.receives(),
        sends: audio.direction.sends(),
    }
}

/// The packet time we send with: theirs where it is one we can make, within their maximum.
fn packet_time(audio: &Audio) -> u32 {
    let wanted = audio.ptime.filter(|ms| [10, 20, 30, 40, 60].contains(ms)).unwrap_or(20);
    match audio.maxptime {
        Some(most) if most < wanted => [60, 40, 30, 20, 10].into_iter().find(|ms| *ms <= most).unwrap_or(10),
        _ => wanted,
    }
}

fn fmt_of(formats: &[Format], telephone_event: Option<u8>) -> String {
    let all = formats.iter().map(|f| f.payload_type).chain(telephone_event);
    all.map(|pt| pt.to_string()).collect::<Vec<_>>().join(" ")
}
