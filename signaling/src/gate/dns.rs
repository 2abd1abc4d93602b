//! Finding the server for a host (RFC 3263): NAPTR, SRV, A and AAAA, through the machine's own resolver settings.

use crate::core::input::Transport;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use ringdesk_model::Ids;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What `Output::Resolve` asks.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) transport: Option<Transport>,
    pub(crate) secure: bool,
}

pub(crate) type Hops = Vec<(Transport, SocketAddr)>;

#[derive(Clone)]
pub(crate) struct Dns {
    /// `None`: the machine has no resolver configured; addresses still work.
    resolver: Option<TokioResolver>,
    patience: Duration,
    places: Arc<Semaphore>,
}

/// Lookups at a time. Beyond it a call fails over as if its host had not been found, instead of waiting in a line.
const LOOKUPS: usize = 256;
/// Addresses tried for one call; a host with more has enough of them.
const MOST_HOPS: usize = 16;
/// Transports that we may choose ourselves, in the order of preference where the other side has none.
const SPOKEN: [Transport; 2] = [Transport::Udp, Transport::Tcp];

impl Dns {
    pub(crate) fn new(patience: Duration) -> Dns {
        let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
        if let Err(error) = &resolver {
            tracing::warn!(%error, "no resolver: hosts are reached by address only");
        }
        Dns { resolver: resolver.ok(), patience, places: Arc::new(Semaphore::new(LOOKUPS)) }
    }

    /// Best first; empty: not found, not in time, or too many lookups under way. `seed` decides between equal servers.
    pub(crate) async fn hops(&self, question: Question, seed: u64) -> Hops {
        if let Some(hops) = literal(&question) {
            return hops;
        }
        let Ok(_place) = self.places.try_acquire() else { return Vec::new() };
        let mut hops = timeout(self.patience, self.look_up(question, seed)).await.unwrap_or_default();
        hops.truncate(MOST_HOPS);
        hops
    }

    async fn look_up(&self, question: Question, seed: u64) -> Hops {
        let Question { host, port, transport, secure } = question;
        let plain = transport.unwrap_or(if secure { Transport::Tls } else { Transport::Udp });
        // §4.2: a port is an order to skip SRV.
        if let Some(port) = port {
            return self.addresses(&host, plain, port).await;
        }
        let mut services = match transport {
            Some(transport) => vec![(transport, service(transport, &host))],
            None => self.naptr(&host, secure).await,
        };
        if services.is_empty() {
            let usual: &[Transport] = if secure { &[Transport::Tls] } else { &SPOKEN };
            services = usual.iter().map(|transport| (*transport, service(*transport, &host))).collect();
        }
        let mut ids = Ids::seeded(seed);
        let mut hops = Vec::new();
        for (transport, name) in services {
            for server in in_order(self.srv(&name).await, &mut ids) {
                if hops.len() < MOST_HOPS {
                    hops.extend(self.addresses(&server.target, transport, server.port).await);
                }
            }
        }
        if hops.is_empty() { self.addresses(&host, plain, plain.default_port()).await } else { hops }
    }

    /// §4.1: the transports that the domain offers and we speak, with the names of their SRV records.
    async fn naptr(&self, host: &str, secure: bool) -> Vec<(Transport, String)> {
        let mut found = Vec::new();
        for data in self.records(host, RecordType::NAPTR).await {
            let RData::NAPTR(record) = data else { continue };
            let transport = match record.services.to_ascii_uppercase().as_slice() {
                b"SIP+D2U" if !secure => Transport::Udp,
                b"SIP+D2T" if !secure => Transport::Tcp,
                b"SIPS+D2T" if secure => Transport::Tls,
                _ => continue,
            };
            if record.flags.eq_ignore_ascii_case(b"s") {
                found.push((record.order, record.preference, transport, record.replacement.to_ascii()));
            }
        }
        found.sort();
        found.into_iter().map(|(_, _, transport, name)| (transport, name)).collect()
    }

    async fn srv(&self, name: &str) -> Vec<Server> {
        let mut servers = Vec::new();
        for data in self.records(name, RecordType::SRV).await {
            let RData::SRV(record) = data else { continue };
            // A target of "." says that the service is decidedly not there (RFC 2782).
            if !record.target.is_root() {
                let target = record.target.to_ascii();
                servers.push(Server { priority: record.priority, weight: record.weight, port: record.port, target });
            }
        }
        servers
    }

    async fn records(&self, name: &str, kind: RecordType) -> Vec<RData> {
        let Some(resolver) = &self.resolver else { return Vec::new() };
        match resolver.lookup(name, kind).await {
            Ok(lookup) => lookup.answers().iter().map(|record| record.data.clone()).collect(),
            Err(_) => Vec::new(),
        }
    }

    async fn addresses(&self, host: &str, transport: Transport, port: u16) -> Hops {
        let Some(resolver) = &self.resolver else { return Vec::new() };
        match resolver.lookup_ip(host).await {
            Ok(found) => found.iter().map(|ip| (transport, SocketAddr::new(ip, port))).collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// An address needs no look-up (§4.1, §4.2).
fn literal(question: &Question) -> Option<Hops> {
    let host = &question.host;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip: IpAddr = bare.parse().ok()?;
    let transport = question.transport.unwrap_or(if question.secure { Transport::Tls } else { Transport::Udp });
    Some(vec![(transport, SocketAddr::new(ip, question.port.unwrap_or(transport.default_port())))])
}

fn service(transport: Transport, host: &str) -> String {
    let prefix = match transport {
        Transport::Udp => "_sip._udp.",
        Transport::Tcp => "_sip._tcp.",
        Transport::Tls => "_sips._tcp.",
        Transport::Ws => "_sip._ws.",
        Transport::Wss => "_sips._ws.",
    };
    format!("{prefix}{host}")
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Server {
    priority: u16,
    weight: u16,
    port: u16,
    target: String,
}

/// RFC 2782: lower priorities first; within one, by lot, each with a chance in proportion to its weight.
fn in_order(mut servers: Vec<Server>, ids: &mut Ids) -> Vec<Server> {
    servers.sort();
    let mut ordered = Vec::with_capacity(servers.len());
    while let Some(priority) = servers.first().map(|server| server.priority) {
        let equals = servers.iter().take_while(|server| server.priority == priority).count();
        let all: u64 = servers[..equals].iter().map(|server| u64::from(server.weight)).sum();
        let mut lot = ids.bits() % (all + 1);
        // Those of weight 0 stand first, so they are drawn by the lot 0 only.
        let drawn = servers[..equals].iter().position(|server| {
            let hit = lot <= u64::from(server.weight);
            lot = lot.saturating_sub(u64::from(server.weight));
            hit
        });
        ordered.push(servers.remove(drawn.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(host: &str) -> Question {
        Question { host: host.into(), port: None, transport: None, secure: false }
    }

    #[test]
    fn an_address_is_its_own_answer() {
        let udp = |address: &str| Some(vec![(Transport::Udp, address.parse().unwrap())]);
        assert_eq!(literal(&question("192.0.2.1")), udp("192.0.2.1:5060"));
        assert_eq!(literal(&question("[2001:db8::1]")), udp("[2001:db8::1]:5060"));
        assert_eq!(literal(&question("example.org")), None);
        let tls = Question { secure: true, ..question("192.0.2.1") };
        assert_eq!(literal(&tls), Some(vec![(Transport::Tls, "192.0.2.1:5061".parse().unwrap())]));
        let tcp = Question { port: Some(5080), transport: Some(Transport::Tcp), ..question("192.0.2.1") };
        assert_eq!(literal(&tcp), Some(vec![(Transport::Tcp, "192.0.2.1:5080".parse().unwrap())]));
    }

    #[test]
    fn servers_are_drawn_by_weight_within_a_priority() {
        let server = |priority, weight, target: &str| Server { priority, weight, port: 5060, target: target.into() };
        let servers = vec![server(20, 0, "last"), server(10, 30, "heavy"), server(10, 10, "light")];
        let mut first_heavy = 0;
        for seed in 0..1_000 {
            let ordered = in_order(servers.clone(), &mut Ids::seeded(seed));
            assert_eq!(ordered.len(), 3);
            assert_eq!(ordered[2].target, "last");
            first_heavy += usize::from(ordered[0].target == "heavy");
        }
        assert!((680..820).contains(&first_heavy), "about three in four: {first_heavy}");
    }

    #[tokio::test]
    async fn the_hosts_of_this_machine_are_found() {
        let dns = Dns::new(Duration::from_secs(4));
        let tcp = Question { port: Some(5080), transport: Some(Transport::Tcp), ..question("localhost") };
        let hops = dns.hops(tcp, 1).await;
        assert!(hops.contains(&(Transport::Tcp, "127.0.0.1:5080".parse().unwrap())), "{hops:?}");
    }
}
