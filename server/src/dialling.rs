//! The gate through which every leg to the outside goes: the flow says a number or an address, the law says whether.
//!
//! Extensions are our own and pass. A number is judged in its international form; an address (`sip:…`) must lead to a host
//! that the operator named, and where its user part is a number, that is judged, too. Refused is not reached: the flow goes
//! on by the way for that.

use crate::trunks::Trunks;
use ipnet::IpNet;
use ringdesk_conversations::{ContactNumber, Country};
use ringdesk_model::{AccountId, CallId, Clock as _, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::dialling::{DialPolicy, DialRefused, Passage, is_open};
use ringdesk_voice::Target;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which numbers may be dialled to the outside.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiallingConfig {
    /// Prefixes that are open beside those of the own country: `+44`, `+` for the world, `115` for a short number. The longest
    /// prefix that fits decides; premium numbers stay shut unless they are named.
    pub allow: Vec<String>,
    /// Prefixes that are shut.
    pub deny: Vec<String>,
    /// Hosts to which flows may dial addresses (`sip:…`), as they are written there. This machine is always open.
    pub hosts: Vec<String>,
    pub calls_per_day: u32,
    pub calls_at_once: u32,
}

impl Default for DiallingConfig {
    fn default() -> Self {
        DiallingConfig { allow: vec![], deny: vec![], hosts: vec![], calls_per_day: 500, calls_at_once: 20 }
    }
}

pub(crate) struct Dialling {
    operations: Arc<Operations>,
    account: AccountId,
    clock: WallClock,
    home: Country,
    hosts: Vec<String>,
    policy: DialPolicy,
    /// Calls that have gone out and are not over.
    outside: Arc<AtomicU32>,
    /// Told of every leg which call it belongs to.
    pub(crate) trunks: Trunks,
}

/// A call that has gone out; it counts until this is dropped.
pub(crate) struct Outside(Arc<AtomicU32>);

impl Drop for Outside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a target leads.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    Inside,
    Number(String),
    /// A name at a host that is open.
    Name,
    Shut,
}

impl Dialling {
    pub(crate) fn new(
        operations: Arc<Operations>,
        account: AccountId,
        clock: WallClock,
        home: Country,
        emergency: &[String],
        config: &DiallingConfig,
        trunks: Trunks,
    ) -> Dialling {
        let policy = DialPolicy {
            home: home.calling_code(),
            allow: config.allow.clone(),
            deny: config.deny.clone(),
            emergency: emergency.iter().cloned().collect(),
            a_day: config.calls_per_day,
            at_once: config.calls_at_once,
        };
        let hosts = config.hosts.iter().map(|h| bare(h)).collect();
        Dialling { operations, account, clock, home, hosts, policy, outside: Arc::default(), trunks }
    }

    /// Whose numbers and people these are.
    pub(crate) fn house(&self) -> (&Operations, AccountId) {
        (&self.operations, self.account)
    }

    /// Where numbers are dialled as here.
    pub(crate) fn home(&self) -> Country {
        self.home
    }

    /// It is put through whatever else is said.
    pub(crate) fn is_emergency(&self, dialled: &str) -> bool {
        self.policy.emergency.contains(dialled) || self.policy.emergency.contains(&one_form(dialled, self.home))
    }

    /// May it be dialled at all? Counted and kept is only what is dialled ([`Dialling::pass`]).
    pub(crate) fn is_open(&self, target: &Target) -> bool {
        match way(target, self.home, &self.hosts) {
            Way::Inside | Way::Name => true,
            Way::Shut => false,
            Way::Number(number) => is_open(&self.policy, &number).is_ok(),
        }
    }

    /// May this call dial there? With a place among those at a time, unless it `holds` one.
    pub(crate) async fn pass(
        &self,
        call: CallId,
        target: &Target,
        holds: bool,
    ) -> Result<Option<Outside>, DialRefused> {
        let verdict = match way(target, self.home, &self.hosts) {
            // An address without a number is neither here nor there: it costs nothing that we could know of.
            Way::Inside | Way::Name => return Ok(None),
            Way::Shut => Err(DialRefused::Host),
            Way::Number(number) => self.judge(call, &number, holds).await,
        };
        let decision = match &verdict {
            Ok((Passage::Emergency, _)) => "emergency",
            Ok((Passage::Open, _)) => "open",
            Err(refused) => {
                tracing::warn!(call.id = %call, %refused, "a call to the outside is refused");
                "refused"
            }
        };
        metrics::counter!("dialled_total", "decision" => decision).increment(1);
        verdict.map(|(_, place)| place)
    }

    async fn judge(&self, call: CallId, number: &str, holds: bool) -> Result<(Passage, Option<Outside>), DialRefused> {
        // Taken first, so that of two at the same moment one sees the other.
        let before = if holds { 0 } else { self.outside.fetch_add(1, Ordering::Relaxed) };
        let place = (!holds).then(|| Outside(self.outside.clone()));
        let now = self.clock.now();
        let passage = self.operations.dial(now, self.account, call, &self.policy, before, number).await?;
        Ok((passage, place.filter(|_| passage == Passage::Open)))
    }
}

fn way(target: &Target, home: Country, hosts: &[String]) -> Way {
    match target {
        Target::Extension(_) | Target::Device(_) => Way::Inside,
        Target::Number(number) => Way::Number(one_form(number.reveal(), home)),
        Target::Uri(uri) => {
            let Some((scheme, rest)) = uri.split_once(':') else { return Way::Shut };
            if scheme.eq_ignore_ascii_case("tel") {
                return Way::Number(one_form(rest.split(';').next().unwrap_or_default(), home));
            }
            let (user, host) = rest.rsplit_once('@').map_or(("", rest), |(user, host)| (user, host));
            let host = host.split(';').next().unwrap_or_default();
            // Where a parameter or a Route leads is not where it seems to lead.
            if uri.contains('?') || uri.to_ascii_lowercase().contains("maddr") {
                return Way::Shut;
            }
            if is_here(&bare(host)) {
                return Way::Name;
            }
            if !hosts.contains(&bare(host)) {
                return Way::Shut;
            }
            let user = unescaped(user.split([';', ':']).next().unwrap_or_default());
            match user.chars().filter(char::is_ascii_digit).count() * 2 > user.chars().count() {
                true => Way::Number(one_form(&user, home)),
                false => Way::Name,
            }
        }
    }
}

/// International where it has such a form. What has none is judged as it is dialled.
fn one_form(number: &str, home: Country) -> String {
    let dialled: String = number.chars().filter(|c| !" -().".contains(*c)).collect();
    ContactNumber::normalise(&dialled, home).map_or(dialled, |n| n.as_str().to_owned())
}

/// A host without port and brackets, in lower case.
fn bare(host: &str) -> String {
    let host = host.trim();
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_here(host: &str) -> bool {
    let here: [IpNet; 2] = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])].map(|ip| {
        let length = if ip.is_ipv4() { 8 } else { 128 };
        IpNet::new(ip, length).expect("a length that fits")
    });
    host.parse::<IpAddr>().is_ok_and(|ip| here.iter().any(|net| net.contains(&ip.to_canonical())))
}

/// `%39%30` are digits, too.
fn unescaped(user: &str) -> String {
    let bytes = user.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex.filter(|_| bytes[at] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Pii;

    /// Rows: S12.13
    #[test]
    fn every_way_to_the_outside_is_seen() {
        let hosts = ["sbc.example.net".to_owned(), "2001:db8::5".to_owned()];
        let number = |n: &str| Way::Number(n.to_owned());
        let of = |target: Target| way(&target, Country::of("DE").unwrap(), &hosts);
        let uri = |text: &str| of(Target::Uri(text.to_owned()));
        assert_eq!(of(Target::Extension("2001".into())), Way::Inside);
        for (dialled, expected) in [
            ("+49 30 123456", "+4930123456"),
            ("030 123456", "+4930123456"),
            ("0044 20 71234567", "+442071234567"),
            ("112", "112"),
            ("11833", "11833"),
        ] {
            assert_eq!(of(Target::Number(Pii::new(dialled.into()))), number(expected), "{dialled}");
        }
        for (text, expected) in [
            ("sip:callee@127.0.0.43:5081", Way::Name),
            ("sip:callee@[::1]:5081", Way::Name),
            ("sip:alice@SBC.example.net.:5060;transport=tcp", Way::Name),
            ("sip:alice@[2001:db8::5]", Way::Name),
            ("sip:+442071234567@sbc.example.net;user=phone", number("+442071234567")),
            ("sip:0900%31%32%33%34%35@sbc.example.net", number("+4990012345")),
            ("sip:%30%30442071234567;npdi@sbc.example.net", number("+442071234567")),
            ("tel:+49-900-123;phone-context=x", number("+49900123")),
            ("sip:alice@elsewhere.example.net", Way::Shut),
            ("sip:elsewhere.example.net", Way::Shut),
            ("sip:alice@sbc.example.net;maddr=192.0.2.1", Way::Shut),
            ("sip:alice@127.0.0.1;Maddr=192.0.2.1", Way::Shut),
            ("sip:alice@sbc.example.net?Route=%3Csip:elsewhere%3E", Way::Shut),
            ("sip:alice@127.0.0.1@elsewhere.example.net", Way::Shut),
            ("nonsense", Way::Shut),
        ] {
            assert_eq!(uri(text), expected, "{text}");
        }
    }
}
