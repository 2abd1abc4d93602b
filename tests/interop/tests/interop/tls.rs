//! TLS with other people's clients: OpenSSL for every version, curl, and baresip with sound, whose call outlives the
//! certificate under which it began.

use super::baresip::{CALLER_HZ, account, both_talk, stored_end};
use anyhow::{Context as _, Result, ensure};
use rcgen::{CertificateParams, KeyPair};
use ringdesk_interop::baresip::Account;
use ringdesk_interop::{Baresip, Centre, PASSWORD};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const SOON: Duration = Duration::from_secs(10);

/// One handshake of OpenSSL's, and all that it says.
async fn s_client(at: SocketAddr, more: Vec<String>) -> Result<(bool, String)> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &at.to_string(), "-verify_return_error"]).args(more);
    let Output { status, stdout, stderr } =
        output(command).await.context("openssl (scripts/setup test installs it)")?;
    Ok((status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()))
}

async fn curl(more: &[&str]) -> Result<(Option<i32>, String)> {
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "20"]).args(more);
    let Output { status, stdout, stderr } = output(command).await?;
    Ok((status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()))
}

async fn output(mut command: Command) -> Result<Output> {
    Ok(tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await??)
}

/// The certificate that is shown there, in one word.
async fn fingerprint(at: SocketAddr) -> Result<String> {
    let script =
        format!("openssl s_client -connect {at} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256");
    let mut command = Command::new("sh");
    command.args(["-c", &script]);
    Ok(String::from_utf8(output(command).await?.stdout)?.trim().to_owned())
}

/// 1.3 and 1.2 are spoken; what is older is refused by us and not by the client.
///
/// Rows: S12.1, S16.27, N36
#[tokio::test(flavor = "multi_thread")]
async fn each_version_of_tls_finds_the_doors_it_should() -> Result<()> {
    let centre = Centre::start().await?;
    let authority = centre.authority().await?;
    let trusted =
        || ["-CAfile", &authority.display().to_string(), "-verify_ip", "127.0.0.1"].map(str::to_owned).to_vec();
    for door in [centre.https, centre.tls] {
        for (version, said) in [("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")] {
            let (went, text) = s_client(door, [trusted(), vec![version.into()]].concat()).await?;
            ensure!(went && text.contains(said) && text.contains("Verify return code: 0"), "{version}: {text}");
        }
        for version in ["-tls1_1", "-tls1"] {
            let weak = ["-cipher", "ALL:@SECLEVEL=0"].map(str::to_owned).to_vec();
            let (went, text) = s_client(door, [trusted(), vec![version.into()], weak].concat()).await?;
            ensure!(!went && text.contains("alert"), "{version}: {text}");
        }
        // Whoever does not know the authority does not believe us, nor does who calls us by another name.
        ensure!(!s_client(door, vec![]).await?.0);
        let (went, text) =
            s_client(door, [trusted(), vec!["-verify_hostname".into(), "bank.example".into()]].concat()).await?;
        ensure!(!went && text.to_lowercase().contains("mismatch"), "{text}");
    }
    centre.figure_until("signaling_tls_handshakes_failed_total", SOON, |n| n >= 2).await?;
    Ok(())
}

/// The whole of the API is there, and nothing of it without TLS.
///
/// Rows: S12.1, S16.27
#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_served_over_https() -> Result<()> {
    let centre = Centre::start().await?;
    let authority = centre.authority().await?.display().to_string();
    let at = |path: &str| format!("https://{}{path}", centre.https);
    let (code, text) = curl(&["--cacert", &authority, &at("/readyz")]).await?;
    assert_eq!((code, text.as_str()), (Some(0), "ready"));
    let body = format!("{{\"login\":\"agent1\",\"password\":\"{PASSWORD}\"}}");
    let json = ["--cacert", &authority, "-H", "content-type: application/json", "-d", &body];
    let (_, reply) = curl(&[&json[..], &[&at("/api/v1/auth/login")]].concat()).await?;
    let reply: serde_json::Value = serde_json::from_str(&reply).context(reply)?;
    let bearer = format!("Authorization: Bearer {}", reply["token"].as_str().context("a token")?);
    let path = at(&format!("/api/v1/accounts/{}/queues", reply["account_id"].as_str().context("an account")?));
    let (code, queues) = curl(&["--cacert", &authority, "-H", &bearer, &path]).await?;
    assert!(code == Some(0) && queues.to_lowercase().contains("support"), "{queues}");
    // The browser fetches the authority from here, too.
    let (_, pem) = curl(&["--cacert", &authority, &at("/authority.pem")]).await?;
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"), "{pem}");
    assert_eq!(curl(&[&at("/readyz")]).await?.0, Some(60), "nobody vouches for it");
    let plain = format!("http://{}/readyz", centre.https);
    assert_ne!(curl(&["--http0.9", &plain]).await?.1, "ready");
    Ok(())
}

/// Files of an operator's.
fn files(folder: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["127.0.0.1".into()])?.self_signed(&key)?;
    let (file, key_file) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&file, certificate.pem())?;
    std::fs::write(&key_file, key.serialize_pem())?;
    Ok((file, key_file))
}

fn given((file, key): &(PathBuf, PathBuf)) -> String {
    format!("[certificates]\ncertificate = {file:?}\nkey = {key:?}\n")
}

/// Two baresips over TLS talk; the operator's certificate is exchanged meanwhile, and neither call nor connection notices.
///
/// Rows: S12.1, S16.27, V1
#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_tls_outlives_the_certificate_it_began_with() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shown = files(folder.path(), "shown")?;
    let centre = Centre::start_with(&given(&shown), &[]).await?;
    let over_tls =
        |user, speaks_hz| Account { server: centre.tls, transport: "tls", ..account(&centre, user, speaks_hz) };
    let mut agent = Baresip::start(&Account { password: Some(PASSWORD), ..over_tls("2001", 620.0) }).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    let login = centre.agent_ready("agent1").await?;
    let mut caller = Baresip::start(&over_tls("015112345678", CALLER_HZ)).await?;
    caller.dial(&format!("sip:1001@{};transport=tls", centre.tls)).await?;
    agent.event("CALL_INCOMING", Duration::from_secs(20)).await?;
    agent.command("accept", "").await?;
    both_talk(&caller, &agent).await?;
    let connections = centre.figure("signaling_connections").await?;
    assert_eq!(connections, 2, "one for each telephone");

    let before = fingerprint(centre.tls).await?;
    assert!(before.contains("Fingerprint="), "{before}");
    let next = files(folder.path(), "next")?;
    std::fs::copy(&next.1, &shown.1)?;
    std::fs::copy(&next.0, &shown.0)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    for door in [centre.tls, centre.https] {
        while fingerprint(door).await? == before {
            ensure!(tokio::time::Instant::now() < deadline, "the old certificate is shown for ever");
        }
    }
    let (came, went) =
        (centre.figure("media_packets_in_total").await?, centre.figure("media_packets_out_total").await?);
    centre.figure_until("media_packets_in_total", SOON, |n| n >= came + 100).await?;
    centre.figure_until("media_packets_out_total", SOON, |n| n >= went + 100).await?;
    both_talk(&caller, &agent).await.context("after the exchange")?;
    centre.figure_until("signaling_connections", SOON, |n| n == 2).await?;
    caller.command("hangup", "").await?;
    agent.event("CALL_CLOSED", SOON).await?;
    stored_end(&centre, &login, "caller").await
}

/// An operator that speaks TLS: the first request that reaches it, which it answers with 200.
async fn operator(listener: &TcpListener, acceptor: &TlsAcceptor) -> Result<String> {
    loop {
        let (stream, _) = timeout(Duration::from_secs(30), listener.accept()).await.context("nobody came")??;
        // Who does not believe us goes away in the middle of it, or after it.
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut text = Vec::new();
        while !text.windows(4).any(|w| w == b"\r\n\r\n") {
            match stream.read_buf(&mut text).await {
                Ok(1..) => {}
                _ => break,
            }
        }
        let text = String::from_utf8(text)?;
        if text.is_empty() {
            continue;
        }
        let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:"];
        let fields: Vec<&str> = text.lines().filter(|line| kept.iter().any(|field| line.starts_with(field))).collect();
        let fields = fields.join("\r\n");
        let answer = format!("SIP/2.0 200 OK\r\n{fields}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await?;
        return Ok(text);
    }
}

/// A trunk over TLS registers where the operator shows the certificate that was pinned, and nothing of it reaches one that
/// shows another.
///
/// Rows: S12.1, V1, S16.27
#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_registers_over_tls_with_whom_it_should() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, key) = files(folder.path(), "operator")?;
    let certificate = CertificateDer::from_pem_file(&file)?;
    let pin: String = ring::digest::digest(&ring::digest::SHA256, &certificate)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::from_pem_file(&key)?)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let trunk = |name: &str, certificate: Option<&str>| {
        let mut settings = serde_json::json!({
            "host": "127.0.0.1", "port": listener.local_addr().map_or(0, |at| at.port()), "transport": "tls",
            "username": "u100", "register": true
        });
        if let Some(certificate) = certificate {
            settings["certificate"] = certificate.into();
        }
        serde_json::json!({ "name": name, "settings": settings, "password": "geheim" })
    };
    // Nobody vouches for this operator: it signed itself.
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&trunk("believes", None))).await?;
    assert_eq!(status, 201, "{reply}");
    tokio::select! {
        heard = operator(&listener, &acceptor) => panic!("it said something to a stranger: {heard:?}"),
        failed = centre.figure_until("signaling_tls_handshakes_failed_total", SOON, |n| n >= 1) => failed.map(drop)?,
    }
    let (status, _) = centre.api(&admin, "DELETE", "trunks/believes", None).await?;
    assert_eq!(status, 204);
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&trunk("nonsense", Some("3A:F0")))).await?;
    assert_eq!(status, 422, "{reply}");
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&trunk("pinned", Some(&pin)))).await?;
    assert_eq!(status, 201, "{reply}");
    let register = operator(&listener, &acceptor).await.with_context(|| centre.log())?;
    assert!(register.starts_with("REGISTER ") && register.contains("Via: SIP/2.0/TLS "), "{register}");
    Ok(())
}

/// What is wrong with the operator's certificate is said before anything runs.
///
/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_used_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, _) = files(folder.path(), "one")?;
    let (_, key) = files(folder.path(), "two")?;
    let config = folder.path().join("ringdesk.toml");
    let data = folder.path().join("data");
    std::fs::write(&config, format!("data = {data:?}\n[https]\nlisten = []\n{}", given(&(file, key))))?;
    for command in ["serve", "doctor"] {
        let mut program = Command::new(ringdesk_interop::centre::binary());
        program.arg(command).arg("--config").arg(&config);
        let Output { status, stdout, stderr } = output(program).await?;
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert!(!status.success(), "{command}: {said}");
        assert!(said.contains("two.key does not belong to the certificate"), "{command}: {said}");
    }
    Ok(())
}
