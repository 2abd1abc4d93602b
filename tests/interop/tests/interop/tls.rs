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
use std::time::Duration;

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
        ensure!(!went && text.contains("verification failed") || text.contains("mismatch"), "{text}");
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
    assert!(code == Some(0) && queues.contains("Support") || queues.contains("support"), "{queues}");
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
