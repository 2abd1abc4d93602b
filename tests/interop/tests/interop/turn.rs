//! Credentials for a TURN server, shown to a real one.

use anyhow::{Context as _, Result};
use ringdesk_interop::centre::free_port;
use ringdesk_interop::{Centre, Process};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, interval};

const SECRET: &str = "what-both-know";

/// coturn on loopback, knowing nobody but this secret.
pub(super) async fn coturn(folder: &TempDir, at: SocketAddr, secret: &str) -> Result<Process> {
    let port = at.port().to_string();
    started(folder, at, secret, &["--no-tls", "--allow-loopback-peers", "--listening-port", &port]).await
}

/// coturn that speaks nothing but TLS, with a certificate of its own for the name that the world calls it by.
pub(super) async fn coturn_over_tls(folder: &TempDir, at: SocketAddr, known_as: &str, secret: &str) -> Result<Process> {
    let (key, certificate) = (folder.path().join("turn.key"), folder.path().join("turn.pem"));
    let made = rcgen::generate_simple_self_signed([known_as.to_owned()])?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    std::fs::write(&certificate, made.cert.pem())?;
    let path = |path: &Path| path.display().to_string();
    let (port, certificate, key) = (at.port().to_string(), path(&certificate), path(&key));
    let tls = ["--no-udp", "--no-tcp", "--tls-listening-port", &port, "--cert", &certificate, "--pkey", &key];
    started(folder, at, secret, &tls).await
}

async fn started(folder: &TempDir, at: SocketAddr, secret: &str, more: &[&str]) -> Result<Process> {
    let ip = at.ip().to_string();
    let mut command = Command::new("turnserver");
    command
        .args(["-n", "--no-cli", "--no-dtls", "--listening-ip", &ip, "--relay-ip", &ip])
        .args(["--use-auth-secret", "--static-auth-secret", secret])
        .args(["--realm", "ringdesk.test", "--log-file", "stdout", "--simple-log"])
        .args(more)
        .arg("--userdb")
        .arg(folder.path().join("turndb"))
        .arg("--pidfile")
        .arg(folder.path().join("turn.pid"))
        .current_dir(folder.path());
    let mut process = Process::start(&mut command, folder.path().join("coturn.txt"))?;
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut tick = interval(Duration::from_millis(50));
    while TcpStream::connect(at).await.is_err() {
        tick.tick().await;
        anyhow::ensure!(process.is_running() && Instant::now() < deadline, "coturn: {}", process.output());
    }
    Ok(process)
}

/// coturn's own client: allocate, and send a few packets through the relay. Gives what it says.
async fn client(folder: &TempDir, at: SocketAddr, user: &str, password: &str) -> Result<(bool, String)> {
    let output = folder.path().join(format!("client-{}.txt", at.port()));
    let mut command = Command::new("turnutils_uclient");
    command.args(["-t", "-y", "-n", "2", "-m", "1", "-c", "-u", user, "-w", password]);
    command.args(["-p", &at.port().to_string(), "127.0.0.1"]);
    let mut process = Process::start(&mut command, output)?;
    let status = process.ended(Duration::from_secs(60)).await?;
    Ok((status.success(), process.output()))
}

/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn a_real_turn_server_takes_the_credentials_that_somebody_gets() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (at, other) = (free_port()?, free_port()?);
    let config =
        format!("[turn]\nurls = [\"turn:{at}?transport=tcp\"]\nsecret = \"{SECRET}\"\ngood_for_seconds = 600\n");
    let centre = Centre::start_with(&config, &[]).await?;
    let login = centre.login("agent1").await?;
    let (status, turn) = centre.api(&login, "GET", "turn_credentials", None).await?;
    assert_eq!(status, 200, "{turn}");
    assert_eq!((&turn["urls"][0], &turn["ttl_seconds"]), (&format!("turn:{at}?transport=tcp").into(), &600.into()));
    let text = |name: &str| turn[name].as_str().map(str::to_owned).context(name.to_owned());
    let (user, password) = (text("username")?, text("credential")?);

    let _good = coturn(&folder, at, SECRET).await?;
    let (went, said) = client(&folder, at, &user, &password).await?;
    assert!(went && said.contains("Total lost packets 0 "), "{said}");
    // Another secret: the same credentials are worth nothing.
    let _bad = coturn(&folder, other, "something-else").await?;
    let (went, said) = client(&folder, other, &user, &password).await?;
    assert!(!went && said.contains("Cannot complete Allocation"), "{said}");
    // The time in the name is under the password: who moves it loses it.
    let (until, _) = user.split_once(':').context("a time")?;
    let moved = format!("{}:u", until.parse::<u64>()? + 3_600);
    let (went, said) = client(&folder, at, &moved, &password).await?;
    assert!(!went && said.contains("Cannot complete Allocation"), "{said}");
    // Nobody gets any without signing in.
    let path = format!("/api/v1/accounts/{}/turn_credentials", login.account);
    assert_eq!(centre.get(&path, None).await?.0, 401);
    Ok(())
}
