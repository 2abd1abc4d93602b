//! One Via value (RFC 3261 §20.42, RFC 3581).

use super::params::Params;
use super::uri::host_port;
use std::fmt;
use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// As received: `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or something unknown.
    pub transport: String,
    /// An IPv6 reference keeps its brackets.
    pub host: String,
    pub port: Option<u16>,
    pub branch: Option<String>,
    pub received: Option<String>,
    /// `Some(None)`: asked for (`;rport`); `Some(Some(port))`: filled in.
    pub rport: Option<Option<u16>>,
    /// All other parameters.
    pub params: Params,
}

/// What every branch of RFC 3261 begins with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

const VERSION: &str = "2.0";

impl Via {
    pub fn new(transport: &str, host: &str, port: Option<u16>, branch: &str) -> Via {
        Via {
            transport: transport.to_owned(),
            host: if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() },
            port,
            branch: Some(branch.to_owned()),
            received: None,
            rport: None,
            params: Params::default(),
        }
    }

    /// `SIP/2.0/UDP host:port;params`; white space around the slashes is allowed.
    pub fn parse(text: &str) -> Option<Via> {
        if text.contains('\n') {
            return None; // unfolded before it gets here
        }
        let (version, transport, rest) = protocol(text)?;
        if version != VERSION {
            return None;
        }
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = sent_by_parts(sent_by)?;
        let mut via = Via { branch: None, ..Via::new(transport, host, port, "") };
        for pair in super::params::pairs(params) {
            let (name, value) = pair?;
            let text = value.map(str::to_owned);
            match name {
                _ if name.eq_ignore_ascii_case("branch") => via.branch = text,
                _ if name.eq_ignore_ascii_case("received") => via.received = text,
                _ if name.eq_ignore_ascii_case("rport") => {
                    via.rport = Some(match value {
                        None | Some("") => None,
                        Some(digits) => Some(digits.parse().ok()?),
                    });
                }
                _ => via.params.push(name, value),
            }
        }
        Some(via)
    }

    /// What can be read of a value that [`Via::parse`] refuses, so that the refusal finds its way back (RFC 4475
    /// §3.1.2.1 and §3.1.2.16): sent-by and the parameters that are well formed, of any version of SIP.
    pub(super) fn salvage(text: &str) -> Option<Via> {
        let (version, transport, rest) = protocol(text)?;
        let (major, minor) = version.split_once('.')?;
        let numbers = [major, minor].iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = sent_by_parts(sent_by).filter(|_| numbers)?;
        let mut via = Via { branch: None, ..Via::new(transport, host, port, "") };
        for (name, value) in super::params::pairs(params).flatten() {
            match name {
                _ if name.eq_ignore_ascii_case("branch") => via.branch = value.map(str::to_owned),
                // Whatever it says, it is ours to fill in.
                _ if name.eq_ignore_ascii_case("rport") => via.rport = Some(None),
                _ if name.eq_ignore_ascii_case("received") => {}
                _ => via.params.push(name, value),
            }
        }
        Some(via)
    }

    /// A branch that identifies the transaction alone (RFC 3261 §17.2.3): cookie and something after it.
    pub fn has_cookie(&self) -> bool {
        self.branch
            .as_deref()
            .is_some_and(|branch| branch.len() > MAGIC_COOKIE.len() && branch.starts_with(MAGIC_COOKIE))
    }

    /// Address a response goes to without a flow (RFC 3261 §18.2.2, RFC 3581 §4): `received` or host.
    pub fn answer_host(&self) -> &str {
        let host = self.received.as_deref().unwrap_or(&self.host);
        host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
    }

    /// The port that goes with it, before the default of the transport.
    pub fn answer_port(&self) -> Option<u16> {
        self.rport.flatten().or(self.port)
    }

    /// The sent-by host as an address, where it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(received) = &self.received {
            write!(f, ";received={received}")?;
        }
        match self.rport {
            Some(Some(port)) => write!(f, ";rport={port}")?,
            Some(None) => f.write_str(";rport")?,
            None => {}
        }
        if let Some(branch) = &self.branch {
            write!(f, ";branch={branch}")?;
        }
        write!(f, "{}", self.params)
    }
}

/// Would [`Via::parse`] take it? Without allocation.
pub(super) fn is_via(text: &str) -> bool {
    protocol(text).filter(|(version, ..)| *version == VERSION).is_some_and(|(_, _, rest)| {
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        sent_by_parts(sent_by).is_some()
            && super::params::pairs(params).all(|pair| {
                pair.is_some_and(|(name, value)| {
                    !name.eq_ignore_ascii_case("rport")
                        || value.is_none_or(|digits| digits.is_empty() || digits.parse::<u16>().is_ok())
                })
            })
    })
}

/// Version, transport, and what follows them.
fn protocol(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('/')?;
    let (version, rest) = rest.split_once('/')?;
    if !name.trim().eq_ignore_ascii_case("SIP") {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find([' ', '\t'])?;
    let transport = &rest[..end];
    super::params::is_token(transport).then_some((version.trim(), transport, rest[end..].trim_start()))
}

/// `host : port` with white space allowed around the colon.
fn sent_by_parts(text: &str) -> Option<(&str, Option<u16>)> {
    let text = text.trim();
    if let Ok(parts) = host_port(text) {
        return Some(parts);
    }
    let (host, port) = text.rsplit_once(':')?;
    let (host, none) = host_port(host.trim_end()).ok()?;
    let port = port.trim_start();
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    (none.is_none() && digits).then_some((host, Some(port.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        let via =
            Via::parse("SIP  / 2.0\n /TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ;\n rport; x=\"1\"");
        assert_eq!(via, None, "a line feed never gets here");
        let via =
            Via::parse("SIP  / 2.0  /TCP     spindle.example.com   ;  branch  =   z9hG4bK9ikj8  ; rport; x=1").unwrap();
        assert_eq!((via.transport.as_str(), via.host.as_str(), via.port), ("TCP", "spindle.example.com", None));
        assert_eq!((via.branch.as_deref(), via.rport), (Some("z9hG4bK9ikj8"), Some(None)));
        assert!(via.has_cookie());
        let via = Via::parse("SIP/2.0/UDP [2001:db8::1]:5070;received=2001:db8::9;rport=99;branch=z9hG4bK").unwrap();
        assert_eq!((via.answer_host(), via.answer_port()), ("2001:db8::9", Some(99)));
        assert!(!via.has_cookie());
        assert_eq!(Via::parse("SIP/2.0/UDP 192.0.2.2 : 5060").unwrap().port, Some(5060));
        let text = "SIP/2.0/WSS df7.invalid;received=192.0.2.1;rport=7;branch=z9hG4bKx;ttl=1";
        assert_eq!(Via::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/1.0/UDP host",
            "SIP/2.0/UDP host;;",
            "SIP/2.0/UDP 192.0.2.15;;,;,,",
            "SIP/2.0/UDP host:99999",
            "HTTP/2.0/TCP host",
            "SIP/2.0/UDP host;rport=70000",
            "SIP/2.0/UDP ho st",
        ] {
            assert_eq!(Via::parse(text), None, "{text}");
            assert!(!is_via(text), "{text}");
        }
    }

    #[test]
    fn salvaged() {
        for (text, mended) in [
            ("SIP/2.0/UDP 192.0.2.15;;", Some("SIP/2.0/UDP 192.0.2.15")),
            ("SIP/7.0/UDP c.example.com:5070;branch=z9hG4bKa", Some("SIP/2.0/UDP c.example.com:5070;branch=z9hG4bKa")),
            ("SIP/2.0/TCP host;rport=70000;received=x;;branch=b;y=1", Some("SIP/2.0/TCP host;rport;branch=b;y=1")),
            ("SIP/2.0/UDP host;branch=\"open;x", Some("SIP/2.0/UDP host")),
            ("SIP/2.0/UDP ;branch=b", None),
            ("SIP/x.y/UDP host", None),
            ("SIP/2/UDP host", None),
            ("garbage", None),
        ] {
            let via = Via::salvage(text).map(|via| via.to_string());
            assert_eq!(via.as_deref(), mended, "{text}");
            assert!(via.is_none_or(|via| is_via(&via)), "{text}");
        }
    }
}
