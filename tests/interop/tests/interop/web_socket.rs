//! SIP over WebSocket, with and without TLS: the door, its limits, and a telephone that registers through it.

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use ringdesk_interop::phone::answer;
use ringdesk_interop::{Centre, Message as Sip, PASSWORD};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

const SOON: Duration = Duration::from_secs(10);

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Socket = WebSocketStream<Box<dyn Io>>;

/// Knock at `/sip` with these fields; the status of a refusal.
async fn knock(
    stream: Box<dyn Io>,
    host: &str,
    fields: &[(&'static str, &str)],
) -> Result<std::result::Result<Socket, u16>> {
    let mut request = format!("ws://{host}/sip").into_client_request()?;
    for (name, value) in fields {
        request.headers_mut().insert(*name, value.parse()?);
    }
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, response)) => {
            ensure!(response.headers().get("sec-websocket-protocol").is_some_and(|p| p == "sip"), "{response:?}");
            Ok(Ok(socket))
        }
        Err(Error::Http(response)) => Ok(Err(response.status().as_u16())),
        Err(other) => bail!(other),
    }
}

const SIP: (&str, &str) = ("sec-websocket-protocol", "sip");

async fn plain(centre: &Centre) -> Result<Box<dyn Io>> {
    Ok(Box::new(TcpStream::connect(centre.http).await?))
}

async fn secure(centre: &Centre, authority: &Path) -> Result<Box<dyn Io>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(centre.https).await?;
    let name = ServerName::from(centre.https.ip());
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}

async fn receive(socket: &mut Socket) -> Result<String> {
    loop {
        match timeout(SOON, socket.next()).await.context("an answer in time")?.context("an open socket")?? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Binary(bytes) => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => {}
        }
    }
}

/// A request of extension 2001 as a browser writes it: no address of its own, and no length where there is no body.
fn request(method: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} sip:ringdesk.test SIP/2.0\r\nVia: SIP/2.0/WSS b7a1.invalid;branch=z9hG4bK{method}{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:2001@ringdesk.test>;tag=b\r\nTo: <sip:2001@ringdesk.test>\r\nCall-ID: browser-1\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:2001@b7a1.invalid;transport=ws>;expires=300\r\n{extra}\r\n"
    )
}

/// Register over it; then it says goodbye, and so does its registration.
async fn registers(centre: &Centre, mut socket: Socket) -> Result<()> {
    socket.send(Message::text("\r\n\r\n")).await?;
    assert_eq!(receive(&mut socket).await?, "\r\n", "a ping has its pong");
    socket.send(Message::text(request("REGISTER", 1, ""))).await?;
    let challenge = Sip::parse(receive(&mut socket).await?.as_bytes())?;
    assert_eq!(challenge.status(), Some(401));
    let challenge = challenge.get("WWW-Authenticate").context("a challenge")?.to_owned();
    let proof = answer("2001", &challenge, PASSWORD, "REGISTER", "sip:ringdesk.test")?;
    socket.send(Message::binary(request("REGISTER", 2, &format!("Authorization: {proof}\r\n")).into_bytes())).await?;
    let reply = receive(&mut socket).await?;
    assert!(reply.starts_with("SIP/2.0 200"), "{reply}");
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    socket.send(Message::Ping("are you there".into())).await?;
    match timeout(SOON, socket.next()).await?.context("a pong")?? {
        Message::Pong(said) => assert_eq!(&said[..], b"are you there"),
        other => bail!("{other:?}"),
    }
    socket.close(None).await?;
    drop(socket);
    centre.figure_until("signaling_connections", SOON, |n| n == 0).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 0).await?;
    Ok(())
}

/// Rows: V2, S16.27
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_registers_over_either_door() -> Result<()> {
    let centre = Centre::start().await?;
    let authority = centre.authority().await?;
    let host = centre.http.to_string();
    let socket = knock(plain(&centre).await?, &host, &[SIP]).await?.map_err(|s| anyhow::anyhow!("{s}"))?;
    registers(&centre, socket).await?;
    let (host, page) = (centre.https.to_string(), format!("https://{}", centre.https));
    let stream = secure(&centre, &authority).await?;
    let socket = knock(stream, &host, &[SIP, ("origin", &page)]).await?.map_err(|s| anyhow::anyhow!("{s}"))?;
    registers(&centre, socket).await
}

/// Rows: S12.13, S16.27
#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_for_sip_of_our_pages_only() -> Result<()> {
    let config = "[signaling.limits]\nconnections_per_known_source = 2\nconnections_per_source = 2\n";
    let centre = Centre::start_with(config, &[]).await?;
    let host = centre.http.to_string();
    let own = format!("http://{host}");
    for (fields, status) in [
        (vec![], Some(400)),
        (vec![("sec-websocket-protocol", "chat")], Some(400)),
        (vec![SIP, ("origin", "https://evil.example")], Some(403)),
        (vec![SIP, ("origin", "null")], Some(403)),
        (vec![SIP, ("origin", own.as_str())], None),
        (vec![("sec-websocket-protocol", "chat, sip")], None),
    ] {
        let met = knock(plain(&centre).await?, &host, &fields).await?;
        assert_eq!(met.as_ref().err().copied(), status, "{fields:?}");
        drop(met);
        centre.figure_until("signaling_connections", SOON, |n| n == 0).await?;
    }
    assert_eq!(centre.get("/sip", None).await?.0, 426);
    // Caps are those of every stream.
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(knock(plain(&centre).await?, &host, &[SIP]).await?.map_err(|s| anyhow::anyhow!("{s}"))?);
    }
    assert_eq!(knock(plain(&centre).await?, &host, &[SIP]).await?.err(), Some(503));
    drop(kept);
    centre.figure_until("signaling_connections", SOON, |n| n == 0).await?;
    // Who sends more than a message has loses the connection, and nobody else does.
    let mut loud = knock(plain(&centre).await?, &host, &[SIP]).await?.map_err(|s| anyhow::anyhow!("{s}"))?;
    loud.send(Message::text("x".repeat(70_000))).await.ok();
    while let Ok(Some(Ok(_))) = timeout(SOON, loud.next()).await {}
    centre.figure_until("signaling_connections_broken_total", SOON, |n| n >= 1).await?;
    centre.figure_until("signaling_connections", SOON, |n| n == 0).await?;
    Ok(())
}
