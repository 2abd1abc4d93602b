//! Certificates from a real ACME authority (pebble, the test server of Let's Encrypt's makers), which looks for the names
//! where a name server of ours leads it, spoils a part of the nonces, and knows nobody at the start.

use anyhow::{Context as _, Result, bail, ensure};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use ringdesk_interop::centre::{Login, free_port};
use ringdesk_interop::{Centre, Process};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, interval};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const NAME: &str = "centre.example";
/// Orders take a few seconds; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(90);

/// The places of an authority, and of what it looks at. It can be started again in the same ones.
struct Authority {
    folder: TempDir,
    at: SocketAddr,
    management: SocketAddr,
    dns: SocketAddr,
    dns_management: SocketAddr,
    http_port: u16,
    tls_port: u16,
    /// Seconds.
    good_for: u64,
    running: Vec<Process>,
}

impl Authority {
    /// It looks for proofs at these two ports.
    fn new(http_port: u16, tls_port: u16, good_for: u64) -> Result<Authority> {
        let folder = tempfile::tempdir()?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        std::fs::write(folder.path().join("trust.pem"), params.self_signed(&key)?.pem())?;
        let issuer = Issuer::from_params(&params, &key);
        let own = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["127.0.0.1".into()])?.signed_by(&own, &issuer)?;
        std::fs::write(folder.path().join("cert.pem"), certificate.pem())?;
        std::fs::write(folder.path().join("key.pem"), own.serialize_pem())?;
        let [at, management, dns, dns_management] = [free_port()?, free_port()?, free_port()?, free_port()?];
        Ok(Authority {
            folder,
            at,
            management,
            dns,
            dns_management,
            http_port,
            tls_port,
            good_for,
            running: Vec::new(),
        })
    }

    async fn start(&mut self) -> Result<()> {
        let path = |name: &str| self.folder.path().join(name);
        let config = json!({ "pebble": {
            "listenAddress": self.at.to_string(), "managementListenAddress": self.management.to_string(),
            "certificate": path("cert.pem"), "privateKey": path("key.pem"),
            "httpPort": self.http_port, "tlsPort": self.tls_port, "certificateValidityPeriod": self.good_for,
            "domainBlocklist": ["bank.example"],
        }});
        std::fs::write(path("pebble.json"), config.to_string())?;
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]);
        names.args(["-dns01", &self.dns.to_string(), "-management", &self.dns_management.to_string()]);
        let names = Process::start(&mut names, path("names.txt"))?;
        let mut pebble = Command::new("pebble");
        pebble.args(["-strict", "-dnsserver", &self.dns.to_string(), "-config"]).arg(path("pebble.json"));
        // A fifth of the good nonces is refused: RFC 8555 §6.5 wants another try.
        pebble.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "20").env("PEBBLE_AUTHZREUSE", "0");
        let pebble = Process::start(&mut pebble, path("pebble.txt"))?;
        self.running = vec![names, pebble];
        let deadline = Instant::now() + PATIENCE;
        let mut tick = interval(Duration::from_millis(50));
        for at in [self.at, self.dns_management] {
            while TcpStream::connect(at).await.is_err() {
                tick.tick().await;
                ensure!(Instant::now() < deadline, "{}", self.running[1].output());
            }
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.running.clear();
    }

    /// The name server's answer from now on.
    async fn lead(&self, name: &str, address: &str) -> Result<()> {
        let body = json!({ "host": format!("{name}."), "addresses": [address] }).to_string();
        for what in ["clear-a", "add-a"] {
            let at = format!("http://{}/{what}", self.dns_management);
            ensure!(run(Command::new("curl").args(["-sSf", "-d", &body, &at])).await?.0, "{at}");
        }
        Ok(())
    }

    /// What browsers would have to know in order to believe its certificates.
    async fn roots(&self) -> Result<PathBuf> {
        let file = self.folder.path().join("roots.pem");
        let at = format!("https://{}/roots/0", self.management);
        let (went, said) = run(Command::new("curl").args(["-sSkf", &at, "-o"]).arg(&file)).await?;
        ensure!(went, "{said}");
        Ok(file)
    }

    fn trust(&self) -> PathBuf {
        self.folder.path().join("trust.pem")
    }

    /// `[certificates]` of a server that asks here.
    fn config(&self, name: &str, more: &str) -> String {
        self.config_at(self.at, name, more)
    }

    fn config_at(&self, at: SocketAddr, name: &str, more: &str) -> String {
        format!(
            "[certificates]\ntrust = [{:?}]\n[certificates.acme]\ndirectory = \"https://{at}/dir\"\nagree_to_terms = true\n\
             names = [{name:?}]\ncontact = [\"mailto:ops@centre.example\"]\nretry_seconds = 1\n{more}\n",
            self.trust()
        )
    }

    fn http(&self) -> String {
        format!("listen = [\"127.0.0.1:{}\"]", self.http_port)
    }
}

async fn run(command: &mut Command) -> Result<(bool, String)> {
    let mut command = std::mem::replace(command, Command::new("true"));
    let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await??;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Ok((output.status.success(), said))
}

/// What OpenSSL says of a handshake as this name: whether it believes us, and which certificate it saw.
async fn believed(at: SocketAddr, name: &str, roots: &PathBuf) -> Result<(bool, String)> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &at.to_string(), "-servername", name, "-verify_hostname", name]);
    command.args(["-verify_return_error", "-CAfile"]).arg(roots);
    let (went, said) = run(&mut command).await?;
    let seen = said.split("-----BEGIN CERTIFICATE-----").nth(1).and_then(|rest| rest.split("-----END").next());
    Ok((went, seen.unwrap_or(&said).to_owned()))
}

/// A free port of this machine as a number.
fn port() -> Result<u16> {
    Ok(free_port()?.port())
}

async fn admin(centre: &Centre) -> Result<Login> {
    centre.login("admin").await
}

async fn given(centre: &Centre, login: &Login) -> Result<Value> {
    let good = |told: &Value| told["source"] == "acme" && told["acme"]["state"] == "good";
    centre.until_within(PATIENCE, login, "certificate", good).await
}

async fn failing(centre: &Centre, login: &Login, fault: &str) -> Result<Value> {
    let fits = |told: &Value| told["acme"]["fault"] == fault && told["acme"]["state"] == "failing";
    centre.until_within(PATIENCE, login, "certificate", fits).await
}

/// From the first order to the second, while one connection lives through both: HTTPS and SIP over TLS show what was given.
///
/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_gives_a_certificate_and_renews_it_in_time() -> Result<()> {
    let mut authority = Authority::new(port()?, port()?, 45)?;
    authority.start().await?;
    let centre = Centre::start_with(&authority.config(NAME, &authority.http()), &[]).await?;
    let login = admin(&centre).await?;
    let first = given(&centre, &login).await?;
    assert_eq!((&first["names"], &first["acme"]["challenge"]), (&json!([NAME]), &json!("http-01")), "{first}");
    assert_eq!((&first["state"], &first["acme"]["failures"]), (&json!("good"), &json!(0)), "{first}");
    let roots = authority.roots().await?;
    let mut open = Kept::open(centre.https, &roots).await?;
    ensure!(open.asks().await?, "a connection under the first certificate");
    for door in [centre.https, centre.tls] {
        let (went, said) = believed(door, NAME, &roots).await?;
        ensure!(went, "{said}");
        ensure!(!believed(door, "bank.example", &roots).await?.0, "it is for one name");
    }
    // Who asks now and then is kept.
    let deadline = Instant::now() + PATIENCE;
    let mut tick = interval(Duration::from_secs(1));
    while centre.figure("acme_orders_total{outcome=\"issued\"}").await? < 2 {
        tick.tick().await;
        ensure!(open.asks().await? && Instant::now() < deadline, "{}", centre.log());
    }
    let renewed = |told: &Value| told["not_after"].as_i64() > first["not_after"].as_i64();
    let second = centre.until_within(PATIENCE, &login, "certificate", renewed).await?;
    let left = second["not_before"].as_i64().zip(first["not_after"].as_i64()).map(|(new, old)| old - new);
    ensure!(left > Some(0), "the old one was still good: {first} {second}");
    ensure!(open.asks().await?, "who has shaken hands notices nothing");
    // The authority goes away for good: what was given last stays, even when it has ended, and why is said.
    authority.stop();
    let told = failing(&centre, &login, "unreachable").await?;
    assert_eq!(told["source"], "acme", "{told}");
    ensure!(told["acme"]["next"].as_i64() > told["acme"]["tried"].as_i64(), "it is asked again: {told}");
    ensure!(centre.figure("acme_failures_in_a_row").await? > 0);
    let mut doctor = Command::new(ringdesk_interop::centre::binary());
    let (_, said) = run(doctor.args(["doctor", "--config"]).arg(centre.configuration())).await?;
    let line = said.lines().find(|line| line.contains("certificate:")).context(said.clone())?;
    ensure!(line.starts_with("missing") && line.contains("cannot be reached"), "{line}");
    Ok(())
}

/// The proof is a certificate at the HTTPS port; what was given is there after `kill -9`, without asking anybody.
///
/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_at_the_https_port_and_a_certificate_that_survives() -> Result<()> {
    let https = free_port()?;
    let mut authority = Authority::new(port()?, https.port(), 86_400 * 90)?;
    authority.start().await?;
    let more = format!("challenge = \"tls-alpn-01\"\n[https]\nlisten = [\"{https}\"]");
    let mut centre = Centre::start_with(&authority.config(NAME, &more), &[]).await?;
    let login = admin(&centre).await?;
    given(&centre, &login).await?;
    let roots = authority.roots().await?;
    let (went, shown) = believed(https, NAME, &roots).await?;
    ensure!(went, "{shown}");
    // Nobody else gets anything by that protocol.
    let mut odd = Command::new("openssl");
    odd.args(["s_client", "-connect", &https.to_string(), "-alpn", "acme-tls/1", "-servername", NAME]);
    let (_, said) = run(&mut odd).await?;
    ensure!(!said.contains("BEGIN CERTIFICATE"), "{said}");

    authority.stop();
    centre.crash_and_restart().await?;
    ensure!(believed(https, NAME, &roots).await? == (true, shown), "from the first handshake on");
    let login = admin(&centre).await?;
    let told = given(&centre, &login).await?;
    ensure!(told["acme"]["tried"].is_null() && told["acme"]["failures"] == 0, "{told}");
    ensure!(centre.figure("acme_orders_total{outcome=\"issued\"}").await? == 0);
    // The account's key is sealed, the certificate's is for nobody else.
    let folder = centre.folder.path().join("data/certificates");
    let account = std::fs::read(folder.join("acme.account"))?;
    for word in ["key_pkcs8", "directory", "127.0.0.1"] {
        ensure!(!account.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
    for file in ["acme.account", "acme.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(folder.join(file).metadata()?.permissions().mode() & 0o777, 0o600, "{file}");
    }
    Ok(())
}

/// A name that leads elsewhere, one that nobody gets, an authority that is not there yet: the server serves, says which, and
/// heals without anybody's help.
///
/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_server_serves_and_says_what() -> Result<()> {
    let mut authority = Authority::new(port()?, port()?, 86_400)?;
    // Nobody is there yet.
    let centre = Centre::start_with(&authority.config(NAME, &authority.http()), &[]).await?;
    let login = admin(&centre).await?;
    let told = failing(&centre, &login, "unreachable").await?;
    assert_eq!(told["source"], "own", "its own meanwhile: {told}");
    ensure!(centre.authority().await?.exists());
    // It comes, and is led to another machine.
    authority.start().await?;
    authority.lead(NAME, "127.0.0.9").await?;
    let told = failing(&centre, &login, "unproven").await?;
    let detail = told["acme"]["detail"].as_str().context("words")?;
    ensure!(detail.contains(NAME) && detail.contains("127.0.0.9") && detail.contains("port 80"), "{detail}");
    authority.lead(NAME, "127.0.0.1").await?;
    given(&centre, &login).await?;
    let (went, said) = believed(centre.https, NAME, &authority.roots().await?).await?;
    ensure!(went, "{said}");

    // One that the authority gives to nobody; another port than that of the first server.
    let config = authority.config("bank.example", &format!("listen = [\"127.0.0.1:{}\"]", port()?));
    let refused = Centre::start_with(&config, &[]).await?;
    let login = admin(&refused).await?;
    let told = failing(&refused, &login, "name_refused").await?;
    assert_eq!(told["source"], "own", "{told}");

    // A port that somebody else has.
    let taken = Centre::start_with(&authority.config(NAME, &authority.http()), &[]).await?;
    let login = admin(&taken).await?;
    let told = failing(&taken, &login, "here").await?;
    ensure!(told["acme"]["detail"].as_str().is_some_and(|said| said.contains("listen")), "{told}");
    Ok(())
}

/// Between the server and the authority somebody counts orders, and lets none through for an hour.
///
/// Rows: S16.27
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_asks_for_patience_gets_it() -> Result<()> {
    let mut authority = Authority::new(port()?, port()?, 86_400)?;
    authority.start().await?;
    let (gate, orders) = strict_gate(&authority).await?;
    let centre = Centre::start_with(&authority.config_at(gate, NAME, &authority.http()), &[]).await?;
    let login = admin(&centre).await?;
    let told = failing(&centre, &login, "rate_limited").await?;
    let wait = told["acme"]["next"].as_i64().zip(told["acme"]["tried"].as_i64()).map(|(next, tried)| next - tried);
    ensure!(wait >= Some(3_600_000), "an hour, not a second: {told}");
    ensure!(told["source"] == "own" && told["acme"]["failures"] == 1, "{told}");
    ensure!(orders.load(Ordering::SeqCst) == 1);
    Ok(())
}

/// Everything goes through to the authority, but orders get 429 and `Retry-After`.
async fn strict_gate(authority: &Authority) -> Result<(SocketAddr, Arc<AtomicUsize>)> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(authority.folder.path().join("cert.pem"))?.collect();
    let key = PrivateKeyDer::from_pem_file(authority.folder.path().join("key.pem"))?;
    let config =
        ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions()?;
    let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain?, key)?));
    let through = connector(&authority.trust())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (at, behind) = (listener.local_addr()?, authority.at);
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = orders.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, through, counted) = (acceptor.clone(), through.clone(), counted.clone());
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await?;
                pass(stream, behind, &through, &counted).await
            });
        }
    });
    Ok((at, orders))
}

async fn pass(
    mut from: impl AsyncRead + AsyncWrite + Unpin,
    to: SocketAddr,
    through: &TlsConnector,
    orders: &AtomicUsize,
) -> Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        ensure!(from.read_buf(&mut head).await? > 0, "the end of a head");
    }
    if head.starts_with(b"POST /order-plz ") {
        orders.fetch_add(1, Ordering::SeqCst);
        let problem = r#"{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many orders","status":429}"#;
        let answer = format!(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Type: application/problem+json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{problem}",
            problem.len()
        );
        from.write_all(answer.as_bytes()).await?;
        from.shutdown().await?;
        return Ok(());
    }
    let stream = TcpStream::connect(to).await?;
    let mut behind = through.connect(ServerName::try_from("127.0.0.1")?, stream).await?;
    behind.write_all(&head).await?;
    copy_bidirectional(&mut from, &mut behind).await?;
    Ok(())
}

fn connector(roots: &PathBuf) -> Result<TlsConnector> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots)? {
        store.add(certificate?)?;
    }
    let config =
        ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions()?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(store).with_no_client_auth())))
}

/// One connection that stays.
struct Kept(tokio_rustls::client::TlsStream<TcpStream>);

impl Kept {
    async fn open(at: SocketAddr, roots: &PathBuf) -> Result<Kept> {
        let stream = TcpStream::connect(at).await?;
        Ok(Kept(connector(roots)?.connect(ServerName::try_from(NAME)?, stream).await?))
    }

    async fn asks(&mut self) -> Result<bool> {
        self.0.write_all(b"GET /readyz HTTP/1.1\r\nHost: centre.example\r\n\r\n").await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"ready") {
            if self.0.read_buf(&mut answer).await? == 0 {
                bail!("the connection ended: {}", String::from_utf8_lossy(&answer));
            }
        }
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    }
}
