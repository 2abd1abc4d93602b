//! A whole Ringdesk as users run it: the binary, a data folder of its own, free ports on loopback.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval};

/// The password of every demo login in the tests.
pub const PASSWORD: &str = "only-for-tests-1";

pub struct Centre {
    pub sip: SocketAddr,
    /// SIP over TLS.
    pub tls: SocketAddr,
    pub http: SocketAddr,
    pub https: SocketAddr,
    pub folder: TempDir,
    child: Child,
    /// What every start of the server finds in its environment.
    environment: Vec<(String, String)>,
}

impl Centre {
    /// Start the demo centre on SQLite.
    pub async fn start() -> Result<Centre> {
        Centre::start_with("", &[]).await
    }

    /// Start the demo centre with more configuration and more environment.
    pub async fn start_with(config: &str, environment: &[(&str, &str)]) -> Result<Centre> {
        Centre::start_in(tempfile::tempdir()?, config, environment).await
    }

    /// The same in this folder, whose `data` may have been furnished before.
    pub async fn start_in(folder: TempDir, config: &str, environment: &[(&str, &str)]) -> Result<Centre> {
        let places = [free_port()?, free_port()?, free_port()?, free_port()?];
        let [sip, tls, http, https] = places;
        std::fs::write(folder.path().join("ringdesk.toml"), configuration(&folder, places, config))?;
        // The pack is spoken within its twenty seconds, or not.
        if !environment.iter().any(|(name, _)| *name == "RINGDESK_DEMO_PACK") {
            share_speech(&folder.path().join("data"))?;
        }
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let child = spawn(&folder, &environment)?;
        let mut centre = Centre { sip, tls, http, https, folder, child, environment };
        for _ in 0..3 {
            match centre.ready().await {
                // A port that was free a moment ago: somebody else's socket has it now.
                Err(fault) if fault.to_string().contains("Address already in use") => centre.elsewhere(config)?,
                ready => return ready.map(|()| centre),
            }
        }
        centre.ready().await.map(|()| centre)
    }

    /// Start again, at other ports.
    fn elsewhere(&mut self, config: &str) -> Result<()> {
        let places = [free_port()?, free_port()?, free_port()?, free_port()?];
        [self.sip, self.tls, self.http, self.https] = places;
        std::fs::write(self.configuration(), configuration(&self.folder, places, config))?;
        self.child = spawn(&self.folder, &self.environment)?;
        Ok(())
    }

    /// Wait until it takes calls.
    async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut tick = interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the server ended with {status}: {}", self.log());
            }
            if matches!(self.get("/readyz", None).await, Ok((200, _))) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "not ready after 60 s: {}", self.log());
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A figure of `/metrics`; one that was never counted is 0.
    pub async fn figure(&self, name: &str) -> Result<u64> {
        let (status, page) = self.get("/metrics", None).await?;
        ensure!(status == 200, "/metrics: {status}");
        let page = page.as_str().context("a page of text")?;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(value.map(str::parse).transpose()?.unwrap_or(0))
    }

    /// Ask for a figure until it fits, or give up with the last one.
    pub async fn figure_until(&self, name: &str, within: Duration, fits: impl Fn(u64) -> bool) -> Result<u64> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            let value = self.figure(name).await?;
            if fits(value) {
                return Ok(value);
            }
            ensure!(Instant::now() < deadline, "{name} is {value} after {within:?}\n{}", self.log());
        }
    }

    /// The server's configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("ringdesk.toml")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// `kill -9`, then the same data folder again.
    pub async fn crash_and_restart(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.child = spawn(&self.folder, &self.environment)?;
        self.ready().await
    }

    /// SIGTERM, without waiting.
    pub fn terminate(&self) -> Result<()> {
        ensure!(Command::new("kill").arg(self.pid().to_string()).status()?.success(), "kill");
        Ok(())
    }

    /// Wait for the process to end by itself.
    pub async fn ended(&mut self, within: Duration) -> Result<std::process::ExitStatus> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "still running after {within:?}");
        }
    }

    /// Sign a demo user in.
    pub async fn login(&self, login: &str) -> Result<Login> {
        let body = serde_json::json!({ "login": login, "password": PASSWORD });
        let (status, reply) = self.call("POST", "/api/v1/auth/login", None, Some(&body)).await?;
        ensure!(status == 200, "login of {login}: {status} {reply}");
        let text = |name: &str| reply[name].as_str().map(str::to_owned);
        Ok(Login {
            token: text("token").context("token")?,
            account: text("account_id").context("account_id")?,
            agent: text("agent_id"),
        })
    }

    /// Sign an agent in and make them ready for calls.
    pub async fn agent_ready(&self, login: &str) -> Result<Login> {
        let login = self.login(login).await?;
        let wanted = serde_json::json!({ "state": "ready" });
        let (status, reply) = self.api(&login, "PUT", "presence", Some(&wanted)).await?;
        ensure!(status == 200, "presence: {status} {reply}");
        Ok(login)
    }

    /// A request under the login's account: `GET conversations`, `PUT presence` …
    pub async fn api(&self, login: &Login, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let path = format!("/api/v1/accounts/{}/{path}", login.account);
        self.call(method, &path, Some(&login.token), body).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<(u16, Value)> {
        self.call("GET", path, token, None).await
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Result<(u16, Value)> {
        let (status, _, reply) = self.raw(method, path, token, &body.map(Value::to_string).unwrap_or_default()).await?;
        Ok((status, reply))
    }

    /// Status, head and body of the answer to whatever is sent.
    pub async fn raw(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Result<(u16, String, Value)> {
        let mut stream = TcpStream::connect(self.http).await?;
        let authorization = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n{authorization}Content-Length: {}\r\n\r\n{body}",
            self.http,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await?;
        let (head, body) = reply.split_once("\r\n\r\n").context("a whole response")?;
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok((status, head.to_owned(), serde_json::from_str(body).unwrap_or(Value::String(body.to_owned()))))
    }

    /// Send a file, under the login's account.
    pub async fn upload(&self, who: &Login, path: &str, file: &[u8]) -> Result<(u16, Value)> {
        let mut stream = TcpStream::connect(self.http).await?;
        let head = format!(
            "POST /api/v1/accounts/{}/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/octet-stream\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
            who.account,
            self.http,
            who.token,
            file.len()
        );
        stream.write_all(head.as_bytes()).await?;
        // A server that refuses it may hang up before it has read all of it.
        let _ = stream.write_all(file).await;
        let mut reply = String::new();
        let _ = stream.read_to_string(&mut reply).await;
        let (head, body) = reply.split_once("\r\n\r\n").context("a whole response")?;
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok((status, serde_json::from_str(body).unwrap_or(Value::String(body.to_owned()))))
    }

    /// A file: status, head and bytes. Under the login's account, or what a link leads to.
    pub async fn fetch(&self, who: Option<&Login>, path: &str, range: Option<&str>) -> Result<(u16, String, Vec<u8>)> {
        let path = who.map_or_else(|| path.to_owned(), |l| format!("/api/v1/accounts/{}/{path}", l.account));
        let authorization = who.map(|l| format!("Authorization: Bearer {}\r\n", l.token)).unwrap_or_default();
        let range = range.map(|r| format!("Range: {r}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(self.http).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{authorization}{range}\r\n", self.http);
        stream.write_all(request.as_bytes()).await?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await?;
        let end = reply.windows(4).position(|w| w == b"\r\n\r\n").context("a whole response")?;
        let head = String::from_utf8(reply[..end].to_vec())?;
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        Ok((status, head, reply[end + 4..].to_vec()))
    }

    /// The certificate of the server's own authority, in a file for other programs.
    pub async fn authority(&self) -> Result<PathBuf> {
        let (status, _, pem) = self.fetch(None, "/authority.pem", None).await?;
        ensure!(status == 200, "/authority.pem: {status}");
        let path = self.folder.path().join("authority.pem");
        std::fs::write(&path, pem)?;
        Ok(path)
    }

    /// Ask until the answer fits, or give up with the last one.
    pub async fn until(&self, login: &Login, path: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        self.until_within(Duration::from_secs(30), login, path, fits).await
    }

    /// The same of work that takes its time: jobs run when the machine has nothing better to do.
    pub async fn until_within(
        &self,
        within: Duration,
        login: &Login,
        path: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            let (status, reply) = self.api(login, "GET", path, None).await?;
            if status == 200 && fits(&reply) {
                return Ok(reply);
            }
            ensure!(Instant::now() < deadline, "{path} never fitted; last: {status} {reply:#}\n{}", self.log());
        }
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            eprintln!("--- server log (end) ---\n{}", &log[log.len().saturating_sub(6_000)..]);
        }
    }
}

pub struct Login {
    pub token: String,
    pub account: String,
    pub agent: Option<String>,
}

/// The binary beside the test's own: `make test` builds it first. `RINGDESK_BINARY` names another one.
pub fn binary() -> PathBuf {
    if let Some(other) = std::env::var_os("RINGDESK_BINARY") {
        return other.into();
    }
    let me = std::env::current_exe().expect("a running test has a path");
    let target =
        me.ancestors().find(|p| p.ends_with("deps")).and_then(|p| p.parent()).or(me.parent()).expect("a build folder");
    target.join("ringdesk")
}

fn spawn(folder: &TempDir, environment: &[(String, String)]) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(folder.path().join("server.log"))?;
    Command::new(binary())
        .args(["serve", "--demo", "--config"])
        .arg(folder.path().join("ringdesk.toml"))
        .env("RINGDESK_DEMO_PASSWORD", PASSWORD)
        // Tests count what they made; the one of the pack wants it.
        .env("RINGDESK_DEMO_PACK", "off")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("{} (build the workspace first)", binary().display()))
}

/// What the engine spoke for one centre is there for the next: else most of a test's processor time is speech synthesis.
fn share_speech(data: &Path) -> Result<()> {
    let (spoken, link) = (binary().with_file_name("speech-cache"), data.join("speech-cache"));
    std::fs::create_dir_all(data)?;
    std::fs::create_dir_all(&spoken)?;
    if !link.exists() {
        std::os::unix::fs::symlink(spoken, link)?;
    }
    Ok(())
}

fn configuration(folder: &TempDir, [sip, tls, http, https]: [SocketAddr; 4], more: &str) -> String {
    // A test that wants its own says so.
    let doors = if more.contains("[https]") { String::new() } else { format!("[https]\nlisten = [\"{https}\"]\n") };
    format!(
        "data = {:?}\ndrain_seconds = 20\n[http]\nlisten = \"{http}\"\n{doors}[log]\nfilter = \"info,ringdesk=debug\"\n{more}\n\
         [[signaling.interface]]\nname = \"loopback\"\nudp = \"{sip}\"\ntcp = \"{sip}\"\ntls = \"{tls}\"\n",
        folder.path().join("data")
    )
}

/// A port free on UDP and TCP a moment ago.
pub fn free_port() -> Result<SocketAddr> {
    loop {
        let tcp = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = tcp.local_addr()?;
        if std::net::UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
}
