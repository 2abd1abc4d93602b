//! What an empty data folder begins with: an account of the operator's own with one administrator, or the demo centre.

use crate::{Config, demo};
use anyhow::{Context as _, Result, bail};
use ringdesk_model::{AccountId, Clock as _, WallClock};
use ringdesk_operations::{Operations, secrets};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Who sets a new centre up. The password is for the first sign-in only.
const ADMIN: &str = "admin";
/// Where it is kept until somebody has read it (0600).
const FIRST_LOGIN: &str = "first-login.txt";
/// The demo's passwords (0600).
const DEMO_LOGINS: &str = "demo-logins.txt";

/// What is shown to the operator once.
#[derive(Debug, Default)]
pub struct FirstStart {
    pub recovery_key: Option<String>,
    /// Login, extension, password: of the demo at each of its starts, of an account of one's own at the first.
    pub logins: Vec<Login>,
    /// This start made an account of the operator's own.
    pub founded: bool,
}

pub type Login = (String, Option<String>, String);

/// The store's one account, made if there is none.
pub(crate) async fn begin(
    operations: &Operations,
    config: &Config,
    clock: WallClock,
    recovery_key: Option<String>,
    with_demo: bool,
) -> Result<(AccountId, FirstStart)> {
    let mut first = FirstStart { recovery_key, ..FirstStart::default() };
    let known = operations.accounts().await?;
    match (with_demo, known.is_empty()) {
        (true, false) if operations.demo().await?.is_none() => {
            bail!("{} holds a centre of your own; the demo wants a data folder of its own", config.data.display())
        }
        (true, _) => first.logins = install_demo(operations, config, clock).await?,
        (false, true) => {
            first.logins = found(operations, config, clock).await?;
            first.founded = true;
        }
        (false, false) => {}
    }
    match operations.accounts().await?[..] {
        [account] => Ok((account, first)),
        ref accounts => bail!("{} accounts in the store; this version serves exactly one", accounts.len()),
    }
}

async fn found(operations: &Operations, config: &Config, clock: WallClock) -> Result<Vec<Login>> {
    let password = secrets::password()?;
    // Kept before it is needed: with the account made and the password lost nobody could come in.
    let file = config.data.join(FIRST_LOGIN);
    write_private(&file, &format!("{ADMIN}\t{password}\n")).with_context(|| file.display().to_string())?;
    operations.found(clock.now(), ADMIN, &password).await?;
    Ok(vec![(ADMIN.to_owned(), None, password)])
}

/// Passwords are random and kept in a file, or all equal to `RINGDESK_DEMO_PASSWORD`.
async fn install_demo(operations: &Operations, config: &Config, clock: WallClock) -> Result<Vec<Login>> {
    let fixed = std::env::var("RINGDESK_DEMO_PASSWORD").ok();
    let mut passwords = BTreeMap::new();
    let mut logins = Vec::new();
    for (login, extension) in ringdesk_operations::demo::logins() {
        let password = fixed.clone().map_or_else(secrets::password, Ok)?;
        passwords.insert(login.to_owned(), password.clone());
        logins.push((login.to_owned(), extension.map(str::to_owned), password));
    }
    let demo = operations.install_demo(clock.now(), &passwords, demo::inboxes).await?;
    let file = config.data.join(DEMO_LOGINS);
    if !demo.made {
        return Ok(read_logins(&file));
    }
    let lines: String = logins.iter().map(|(l, e, p)| format!("{l}\t{}\t{p}\n", e.as_deref().unwrap_or("-"))).collect();
    write_private(&file, &lines).with_context(|| file.display().to_string())?;
    Ok(logins)
}

fn read_logins(file: &Path) -> Vec<Login> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = |l: &str| {
        let mut parts = l.split('\t').map(str::to_owned);
        Some((parts.next()?, parts.next().filter(|e| e != "-"), parts.next()?))
    };
    text.lines().filter_map(line).collect()
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
}
