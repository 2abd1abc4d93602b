//! A real browser with a page whose telephone is JsSIP. `tests/browser/driver.mjs` starts it and does what it is asked, line
//! by line; the functions are those of `page.js` there.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, interval, timeout};

/// A browser's start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

pub struct Browser {
    /// Ends the browser when its input ends.
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _driver: Child,
}

impl Browser {
    /// `chromium` or `firefox`.
    pub async fn start(kind: &str) -> Result<Browser> {
        Browser::start_at(kind, None).await
    }

    /// The same with the page of another one's, as long as that lives.
    pub async fn start_at(kind: &str, home: Option<&str>) -> Result<Browser> {
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../browser/driver.mjs");
        let mut child = Command::new("node")
            .args([driver, kind])
            .args(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node (scripts/setup test installs it)")?;
        let input = child.stdin.take().context("a pipe")?;
        let output = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        let mut browser = Browser { input, output, _driver: child };
        let said = browser.read("start").await?;
        ensure!(said == "ready", "the driver said {said}");
        Ok(browser)
    }

    pub async fn call(&mut self, function: &str, with: Value) -> Result<Value> {
        let line = format!("{}\n", json!({ "call": function, "with": with }));
        self.input.write_all(line.as_bytes()).await?;
        self.read(function).await
    }

    async fn read(&mut self, what: &str) -> Result<Value> {
        let line = timeout(PATIENCE, self.output.next_line()).await.with_context(|| format!("{what}: no answer"))??;
        let mut said: Value = serde_json::from_str(&line.with_context(|| format!("{what}: the driver ended"))?)?;
        match said.get("failed") {
            Some(why) => bail!("{what}: {why}"),
            None => Ok(said["done"].take()),
        }
    }

    /// Ask until it is so.
    pub async fn until(&mut self, what: &str, function: &str, so: impl Fn(&Value) -> bool) -> Result<Value> {
        self.until_with(what, function, json!([]), so).await
    }

    pub async fn until_with(
        &mut self,
        what: &str,
        function: &str,
        with: Value,
        so: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let (end, mut tick) = (Instant::now() + Duration::from_secs(60), interval(Duration::from_millis(100)));
        loop {
            tick.tick().await;
            let value = self.call(function, with.clone()).await?;
            if so(&value) {
                return Ok(value);
            }
            ensure!(Instant::now() < end, "{what}, but {function} says {value}");
        }
    }

    /// Its telephone is in this state: `ringing`, `talking`, `over` …
    pub async fn phone_is(&mut self, state: &str) -> Result<Value> {
        self.until(&format!("the telephone is {state}"), "phone", |phone| phone["state"] == state).await
    }

    pub async fn hears_tone(&mut self, hz: f64) -> Result<()> {
        self.until(&format!("{hz} Hz are heard"), "phoneHears", |heard| is_tone(heard, hz)).await.map(|_| ())
    }

    /// The same of a visitor's chat ([`Browser::call`] `visit`).
    pub async fn visitor_hears(&mut self, hz: f64) -> Result<()> {
        let what = format!("{hz} Hz are heard in the chat");
        self.until_with(&what, "inChat", json!(["hears"]), |heard| is_tone(heard, hz)).await.map(|_| ())
    }

    /// The call of this name among several.
    pub async fn hears_beside(&mut self, name: &str, hz: f64) -> Result<()> {
        let what = format!("{hz} Hz are heard in {name}");
        self.until_with(&what, "hearsBeside", json!([name]), |heard| is_tone(heard, hz)).await.map(|_| ())
    }
}

fn is_tone(heard: &Value, hz: f64) -> bool {
    let at = |key: &str| heard[key].as_f64().unwrap_or_default();
    (at("frequency") - hz).abs() < 12.0 && at("level") > -60.0
}
