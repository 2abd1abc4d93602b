//! What a browser's description has beside that of a telephone: ICE (RFC 8839), the fingerprint of its certificate and who
//! begins the handshake (RFC 8842), and the name of the stream in its bundle (RFC 9143).

use crate::webrtc::certificate::Fingerprint;
use crate::webrtc::{Browser, Described, Setup};
use sdp_types::{Attribute, Media, Session};
use std::net::SocketAddr;

/// How browsers call their transport; the second is what some gateways write.
pub(super) const PROTOCOLS: [&str; 2] = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"];

/// RFC 8445 §5.1.2.1: of candidates that are addresses of the host; where there are several the first is liked best.
const HOST: u32 = 126 << 24;
const LOCAL: u32 = 65_535;
/// Longer names than this are nobody's (RFC 8839 §5.4).
const LONGEST: usize = 256;

/// The other side's half. `None`: it is not complete, or proves itself by what proves nothing.
pub(super) fn read<'a>(session: &'a Session, media: &'a Media) -> Option<Described> {
    let of = |attributes: &'a [Attribute], name: &str| -> Option<&'a str> {
        attributes.iter().find(|a| a.attribute.eq_ignore_ascii_case(name))?.value.as_deref()
    };
    let value = |name: &str| of(&media.attributes, name).or_else(|| of(&session.attributes, name));
    let ufrag = value("ice-ufrag").map(str::trim).filter(|ufrag| !ufrag.is_empty() && ufrag.len() <= LONGEST)?;
    // Several may be given, one for each hash (RFC 8122 §5).
    let own: Vec<&str> = media.get_attribute_values("fingerprint").flatten().collect();
    let shared = session.get_attribute_values("fingerprint").flatten();
    let fingerprint = own.into_iter().chain(shared).find_map(Fingerprint::parse)?;
    let setup = match value("setup").map(str::trim) {
        Some("active") => Setup::Active,
        Some("passive") => Setup::Passive,
        _ => Setup::Either,
    };
    Some(Described { ufrag: ufrag.to_owned(), fingerprint, setup })
}

/// Our half, as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    candidates: Vec<SocketAddr>,
    fingerprint: String,
    ufrag: String,
    password: String,
    setup: Setup,
    /// Of our stream in the bundle.
    pub(super) mid: String,
}

impl Ours {
    pub(crate) fn new(candidates: Vec<SocketAddr>, browser: &Browser) -> Ours {
        let mut ours = Ours {
            candidates,
            fingerprint: browser.fingerprint().to_string(),
            ufrag: String::new(),
            password: String::new(),
            setup: Setup::Either,
            mid: "0".into(),
        };
        ours.renew(browser, true);
        ours
    }

    /// `offer`: else an answer is written.
    pub(crate) fn renew(&mut self, browser: &Browser, offer: bool) {
        let credentials = browser.credentials();
        self.ufrag.clone_from(&credentials.ufrag);
        self.password.clone_from(&credentials.password);
        self.setup = if offer { Setup::Either } else { browser.setup() };
    }

    pub(super) fn session_attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::new("ice-lite"),
            Attribute::with_value("group", format!("BUNDLE {}", self.mid)),
            Attribute::with_value("msid-semantic", " WMS *"),
        ]
    }

    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::with_value("mid", &self.mid),
            // Scripts that look for the stream of a track find one.
            Attribute::with_value("msid", "ringdesk audio"),
            Attribute::with_value("ice-ufrag", &self.ufrag),
            Attribute::with_value("ice-pwd", &self.password),
            Attribute::with_value("fingerprint", &self.fingerprint),
            Attribute::with_value(
                "setup",
                match self.setup {
                    Setup::Active => "active",
                    Setup::Passive => "passive",
                    Setup::Either => "actpass",
                },
            ),
        ];
        for (n, address) in (0u32..).zip(&self.candidates) {
            let priority = HOST | LOCAL.saturating_sub(n) << 8 | 255;
            let (ip, port) = (address.ip(), address.port());
            let value = format!("{} 1 udp {priority} {ip} {port} typ host", n + 1);
            attributes.push(Attribute::with_value("candidate", value));
        }
        attributes.push(Attribute::new("end-of-candidates"));
        attributes
    }
}

/// A line that is not used still says which it is.
pub(super) fn unused(mid: &str) -> Vec<Attribute> {
    vec![Attribute::with_value("mid", mid), Attribute::new("inactive")]
}
