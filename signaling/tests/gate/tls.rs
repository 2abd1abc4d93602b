//! TLS: who connects is shown our certificate, who is dialled has to prove its name, and neither gets more by dawdling.

use crate::peer::{Request, Tcp, field, response, status};
use crate::room::{PATIENCE, Room, TRUNK, config, directory, room_secured};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use ring::digest::{SHA256, digest};
use ringdesk_model::{Ids, Timestamp, TrunkId};
use ringdesk_signaling::{Config, Directory, Security, Trunk, TrunkTarget};
use ringdesk_voice::{Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, Party, Sdp};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion, version,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// An authority, and what it vouched for.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

#[derive(Debug)]
struct Nothing;

impl ResolvesClientCert for Nothing {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Authority { certificate, issuer: Issuer::new(params, key) }
    }

    fn server(&self, names: &[&str]) -> (Arc<ServerConfig>, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], private)
            .unwrap();
        (Arc::new(config), certificate)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }

    fn connector(&self, version: &'static SupportedProtocolVersion) -> TlsConnector {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.roots())
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    fn security(&self) -> Security {
        Security { server: self.server(&["127.0.0.1"]).0, roots: self.roots(), own: Arc::new(Nothing) }
    }
}

fn secured() -> Config {
    let mut config = config();
    config.interface[0].tls = Some("127.0.0.1:0".parse().unwrap());
    config
}

async fn room(authority: &Authority, config: Config) -> Room {
    room_secured(config, Some(authority.security()), directory(), 1_000).await
}

fn door(room: &Room) -> SocketAddr {
    room.signaling.interfaces()[0].tls.unwrap()
}

type Client = Tcp<client::TlsStream<TcpStream>>;

async fn connect(authority: &Authority, version: &'static SupportedProtocolVersion, to: SocketAddr) -> Client {
    let stream = TcpStream::connect(to).await.unwrap();
    let local = stream.local_addr().unwrap();
    let name = ServerName::from(to.ip());
    Tcp::on(local, authority.connector(version).connect(name, stream).await.unwrap())
}

/// Rows: S12.1, V1
#[tokio::test]
async fn a_telephone_talks_over_either_version() {
    let authority = Authority::new();
    let room = room(&authority, secured()).await;
    for (version, spoken) in [(&version::TLS13, ProtocolVersion::TLSv1_3), (&version::TLS12, ProtocolVersion::TLSv1_2)]
    {
        let mut phone = connect(&authority, version, door(&room)).await;
        assert_eq!(phone.stream.get_ref().1.protocol_version(), Some(spoken));
        phone.send(b"\r\n\r\n").await;
        phone.expect(b"\r\n").await;
        let id = format!("{spoken:?}");
        let request = Request { id: &id, ..Request::default() }.text("TLS", phone.local);
        for part in request.as_bytes().chunks(100) {
            phone.send(part).await;
        }
        let answer = phone.receive().await;
        assert_eq!(status(&answer), 200);
        assert!(field(&answer, "Via").starts_with("SIP/2.0/TLS"));
    }
    assert_eq!(room.figure("signaling_tls_handshakes_failed_total"), 0);
}

/// Whoever takes a place and does not shake hands loses it, as does whoever says something else; the others talk.
///
/// Rows: S12.13
#[tokio::test]
async fn a_handshake_has_an_end() {
    let mut config = secured();
    config.limits.first_message_seconds = 1;
    let authority = Authority::new();
    let room = room(&authority, config).await;
    let silent = TcpStream::connect(door(&room)).await.unwrap();
    let mut slow = Tcp::of(TcpStream::connect(door(&room)).await.unwrap());
    slow.send(&[22, 3, 1, 2, 0, 1]).await; // the beginning of a handshake
    let mut other = Tcp::of(TcpStream::connect(door(&room)).await.unwrap());
    other.send(Request::default().text("TCP", other.local)).await;
    room.until_figure("signaling_tls_handshakes_failed_total", 1).await;
    let mut phone = connect(&authority, &version::TLS13, door(&room)).await;
    phone.send(Request::default().text("TLS", phone.local)).await;
    assert_eq!(status(&phone.receive().await), 200);
    room.until_figure("signaling_connections_timed_out_total", 2).await;
    Tcp::of(silent).expect_close().await;
    slow.expect_close().await;
    // A handshake with nothing after it ends, too.
    let mut mute = connect(&authority, &version::TLS13, door(&room)).await;
    mute.expect_close().await;
}

/// A stranger has no more connections over TLS than over TCP, and pays for handshakes from its budget.
///
/// Rows: S12.13
#[tokio::test]
async fn caps_and_budgets_hold_on_tls() {
    let mut config = secured();
    config.limits.connections_per_source = 2;
    config.budget.burst = 4;
    config.budget.per_second = 1;
    let authority = Authority::new();
    let room = room(&authority, config).await;
    let mut two = Vec::new();
    for _ in 0..2 {
        two.push(connect(&authority, &version::TLS13, door(&room)).await);
    }
    let mut third = Tcp::of(TcpStream::connect(door(&room)).await.unwrap());
    third.expect_close().await;
    room.until_figure("signaling_connections_refused_total", 1).await;
    drop(two);
    room.until(|now| now.connections == 0).await;
    // Four were paid for; those that come now have nothing left.
    for _ in 0..4 {
        drop(TcpStream::connect(door(&room)).await.unwrap());
    }
    room.until_figure("signaling_over_budget_total", 1).await;
}

/// A trunk over TLS, by name or by address.
fn trunk(host: &str, at: SocketAddr, certificate: Option<[u8; 32]>) -> Arc<Directory> {
    let id = TrunkId(uuid::Uuid::from_u128(1));
    let outbound = TrunkTarget { host: host.into(), port: Some(at.port()), transport: Some("tls".into()), certificate };
    let interface = InterfaceId(0);
    let trunk = Trunk { id, name: "carrier".into(), nets: Vec::new(), outbound: Some(outbound), interface };
    Arc::new(Directory::new("r", Vec::new(), vec![trunk]))
}

fn dial(room: &Room, uri: String) -> LegId {
    let leg: LegId = Ids::seeded(7).next(Timestamp::from_millis(1));
    let to = Destination { uri, interface: InterfaceId(0), flow: None, trunk: None, profile: Default::default() };
    let offer = Sdp(b"v=0\r\n".to_vec().into());
    let dial = Dial { to, from: Party::number("2001"), offer, headers: Vec::new() };
    room.handle.command(leg, LegCommand::Dial(Box::new(dial)));
    leg
}

/// The carrier's end: the first message over the connection that it accepted, and over which it refuses the call.
async fn carrier(listener: TcpListener, tls: Arc<ServerConfig>) -> Option<Tcp<server::TlsStream<TcpStream>>> {
    let (stream, remote) = timeout(PATIENCE, listener.accept()).await.expect("a connection").unwrap();
    let stream = TlsAcceptor::from(tls).accept(stream).await.ok()?;
    Some(Tcp::on(remote, stream))
}

/// Rows: S12.1, V1
#[tokio::test]
async fn whom_we_dial_proves_the_name_by_which_it_was_found() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for (what, host, by, names, pinned, comes) in [
        ("its name", "localhost", &ours, &["localhost"][..], false, true),
        ("its address", "127.0.0.1", &ours, &["127.0.0.1"], false, true),
        ("another's name", "localhost", &ours, &["elsewhere.example"], false, false),
        ("nobody whom we believe", "localhost", &theirs, &["localhost"], false, false),
        ("the pinned one", "localhost", &theirs, &["elsewhere.example"], true, true),
        ("not the pinned one", "localhost", &ours, &["localhost"], true, false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (tls, shown) = by.server(names);
        let other = ours.server(&["localhost"]).1;
        let pin = pinned.then(|| digest(&SHA256, if comes { &shown } else { &other }));
        let pin = pin.map(|pin| <[u8; 32]>::try_from(pin.as_ref()).unwrap());
        let mut room = room_secured(secured(), Some(ours.security()), trunk(host, at, pin), 1_000).await;
        let leg = dial(&room, format!("sip:4940555@{host}:{};transport=tls", at.port()));
        let mut taken = carrier(listener, tls).await;
        match &mut taken {
            Some(carrier) if comes => {
                let invite = carrier.receive().await;
                assert!(field(&invite, "Via").starts_with("SIP/2.0/TLS"), "{what}: {invite}");
                carrier.send(response(&invite, "486 Busy Here", "", "")).await;
                let end = room.leg_event(leg).await;
                assert_eq!(end, LegEvent::Ended { cause: Cause::Busy, status: Some(486) }, "{what}");
            }
            // In TLS 1.3 the server is done before the client has looked at its certificate.
            Some(carrier) => {
                let read = timeout(PATIENCE, carrier.stream.read(&mut [0; 16])).await.expect("an end");
                assert!(!matches!(read, Ok(1..)), "{what}: nothing of the call reaches it");
            }
            None => assert!(!comes, "{what}"),
        }
        if !comes {
            assert!(matches!(room.leg_event(leg).await, LegEvent::Ended { .. }), "{what}");
            assert_eq!(room.figure("signaling_tls_handshakes_failed_total"), 1, "{what}");
        }
    }
}

/// `sips:` is TLS without being told so.
///
/// Rows: V1
#[tokio::test]
async fn a_secure_uri_leaves_over_tls() {
    let authority = Authority::new();
    let listener = TcpListener::bind((TRUNK, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    let room = room(&authority, secured()).await;
    dial(&room, format!("sips:4940555@{at}"));
    let mut carrier = carrier(listener, authority.server(&[TRUNK]).0).await.expect("a handshake");
    let invite = carrier.receive().await;
    assert!(invite.starts_with("INVITE sips:4940555@"), "{invite}");
    assert!(field(&invite, "Via").starts_with("SIP/2.0/TLS"), "{invite}");
}
