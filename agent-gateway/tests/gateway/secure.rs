//! The listener behind TLS: whoever dawdles in the handshake holds nothing, and keeps nobody out.

use axum::Router;
use axum::routing::get;
use ringdesk_agent_gateway::{Patience, Proxies, Secured, serve_secure};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

const SOON: Duration = Duration::from_secs(10);

async fn door() -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async |_: axum::Extension<Secured>| "in"));
    let patience = Patience { handshake: Duration::from_millis(300), connections: 4, ..Patience::default() };
    tokio::spawn(serve_secure(listener, Arc::new(config), router, patience, Proxies::default()));
    (at, certificate)
}

async fn ask(at: SocketAddr, certificate: &CertificateDer<'static>) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::from(at.ip()), stream).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    stream.flush().await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    String::from_utf8(reply).unwrap()
}

/// Rows: S12.1, S12.13
#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_does_not_come_holds_no_place() {
    let (at, certificate) = door().await;
    let mut slow = Vec::new();
    for begin in [&b""[..], &[22, 3, 1, 2, 0, 1], b"GET / HTTP/1.1\r\n\r\n"] {
        for _ in 0..5 {
            let mut stream = TcpStream::connect(at).await.unwrap();
            stream.write_all(begin).await.unwrap();
            slow.push(stream);
        }
    }
    // Behind fifteen of them, with four places.
    let reply = timeout(SOON, ask(at, &certificate)).await.expect("served all the same");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.ends_with("in"), "{reply}");
    for mut stream in slow {
        let mut said = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut said)).await.expect("it is closed");
        assert!(!said.windows(2).any(|w| w == b"in"), "nothing without TLS");
    }
}
