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
        let (transport, rest) = protocol(text)?;
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
    protocol(text).is_some_and(|(_, rest)| {
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

fn protocol(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('/')?;
    let (version, rest) = rest.split_once('/')?;
    if !name.trim().eq_ignore_ascii_case("SIP") || version.trim() != "2.0" {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find([' ', '\t'])?;
    let transport = &rest[..end];
    super::params::is_token(transport).then_some((transport, rest[end..].trim_start()))
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
}
