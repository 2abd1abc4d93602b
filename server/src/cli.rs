//! The command line. What it prints is for people; what goes wrong is one sentence and a non-zero exit.

use crate::certificates::Certificates;
use crate::config::Config;
use crate::demo::Plan;
use crate::demo_cli::{self, Demo};
use crate::models::{self, Models};
use crate::{House, limited, logging, readiness, trunks};
use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use ringdesk_model::{AccountId, Actor, Clock, Language, WallClock};
use ringdesk_operations::Operations;
use ringdesk_storage::Store;
use ringdesk_tts::{PromptLibrary, Speaker};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// A self-hosted contact centre.
#[derive(Parser)]
#[command(name = "ringdesk", version)]
struct Cli {
    /// Configuration file (TOML). Without one everything has its default.
    #[arg(long, global = true, env = "RINGDESK_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server. In an empty data folder it makes an account with one administrator, and prints how they sign in.
    Serve {
        /// Make the demo centre, unless it is there.
        #[arg(long)]
        demo: bool,
    },
    /// Make a centre from a file of numbers and flows, in a data folder that has none. Its people, queues and
    /// phones are the demo's; `serve` runs it.
    Import { file: PathBuf },
    /// Look at this machine and say what is missing.
    Doctor,
    /// Look whether the centre may go live: a line for each thing that has to be right, and what to do.
    GoLive,
    /// Let somebody try again at once whom the running server limits; the doctor says who that is.
    Lift {
        /// What comes from this address.
        #[arg(long, required_unless_present = "extension")]
        address: Option<std::net::IpAddr>,
        /// What is tried in the name of this extension; with an address, from there.
        #[arg(long)]
        extension: Option<String>,
    },
    /// Read the configuration and say what is wrong with it.
    CheckConfig,
    /// System prompts: what to record, and taking recordings in.
    Prompts {
        #[command(subcommand)]
        command: Prompts,
    },
    /// Weights for the engine `whisper`.
    Models {
        #[command(subcommand)]
        command: Models,
    },
    /// What the demo brings along to look at. The server must not run on these data.
    Demo {
        #[command(subcommand)]
        command: Demo,
    },
    /// People who sign in.
    User {
        #[command(subcommand)]
        command: User,
    },
    /// Print the description of the API (OpenAPI 3.1).
    Openapi,
    /// The process that recognises speech; the server starts it.
    #[command(hide = true)]
    AsrWorker,
}

#[derive(Subcommand)]
enum Prompts {
    /// Print ids and texts for a recording session.
    Script { language: Tongue },
    /// Take a folder of `<id>.wav` files in.
    Import { language: Tongue, folder: PathBuf },
}

#[derive(Subcommand)]
enum User {
    /// Set a new password, read from the standard input, and end the user's sign-ins.
    Password { login: String },
    /// List logins and roles.
    List,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    En,
    #[value(name = "zh-CN")]
    ZhCn,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::En => Language::En,
            Tongue::ZhCn => Language::ZhCn,
        }
    }
}

pub fn main() -> ExitCode {
    crate::memory::settle();
    let cli = Cli::parse();
    if matches!(cli.command, Command::AsrWorker) {
        // Before any runtime: it lives by its standard input, and has one of its own.
        let ended = ringdesk_asr::worker_main(std::io::stdin(), std::io::stdout());
        return if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match runtime().map_err(Into::into).and_then(|runtime| runtime.block_on(run(cli))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            #[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
            {
                eprintln!("ringdesk: {fault:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Threads are named, so that `top -H` says where the time goes: `sip-*` carries SIP, `books-*` the journal, `house-*` calls and HTTP,
/// `media-*` the sound, `sqlx-*` the store.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let name = move || format!("house-{}", count.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name_fn(name).build()
}

async fn run(cli: Cli) -> Result<()> {
    if matches!(cli.command, Command::Openapi) {
        return say(&ringdesk_agent_gateway::openapi::json());
    }
    let config = Config::load(cli.config.as_deref())?;
    match cli.command {
        Command::Serve { demo } => serve(config, demo).await,
        Command::Import { file } => import(&config, &file).await,
        Command::CheckConfig => say("the configuration is fine"),
        Command::Doctor => doctor(&config).await,
        Command::GoLive => go_live(&config).await,
        Command::Lift { address, extension } => {
            limited::lift(&config.data, address, extension.as_deref())
                .with_context(|| config.data.display().to_string())?;
            say("a running server does so within a second")
        }
        Command::Prompts { command } => prompts(&config, command),
        Command::Models { command } => models::run(&config, command).await,
        Command::Demo { command } => demo_cli::run(&config, command).await,
        Command::User { command } => user(&config, command).await,
        Command::Openapi | Command::AsrWorker => Ok(()), // done above: they need no configuration
    }
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) fn say(text: &str) -> Result<()> {
    println!("{text}");
    Ok(())
}

async fn serve(config: Config, demo: bool) -> Result<()> {
    logging::start(&config.log);
    let house = House::open(config, demo).await?;
    if let Some(key) = &house.first_start.recovery_key {
        say(&format!("recovery key, shown only this once; keep it apart from the data: {key}"))?;
    }
    let sip: Vec<String> = house.sip.iter().map(ToString::to_string).collect();
    let https: Vec<String> = house.https.iter().map(|at| format!(", https://{at}/api/docs")).collect();
    say(&format!("API   http://{}/api/docs{}\nSIP   {}", house.http, https.concat(), sip.join(", ")))?;
    for (login, extension, password) in &house.first_start.logins {
        let phone = extension.as_ref().map_or(String::new(), |e| format!("   phone {e}, same password"));
        say(&format!("login {login:<11} {password}{phone}"))?;
    }
    if house.first_start.founded {
        say("this password is for the first sign-in; docs/administration.md says how to begin")?;
    }
    if demo {
        say("dial  1000 main menu, 1001 support, 1003 echo test, 1004 voicemail")?;
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = tokio::signal::ctrl_c() => None,
        what = house.failed() => Some(what),
    };
    match failed {
        None => {
            house.drain().await;
            Ok(())
        }
        Some(what) => {
            house.give_up().await;
            bail!("the task of the {what} failed; start it again")
        }
    }
}

/// Each line: what was looked at, and `ok` or what to do.
async fn doctor(config: &Config) -> Result<()> {
    let mut bad = 0;
    let mut line = |what: &str, result: Result<String, String>| -> Result<()> {
        bad += usize::from(result.is_err());
        say(&match result {
            Ok(fine) => format!("ok       {what}: {fine}"),
            Err(fault) => format!("missing  {what}: {fault}"),
        })
    };
    let speaker = Speaker::new(config.data.join("speech-cache"), config.speech.rate);
    for language in ringdesk_tts::library::LANGUAGES {
        let spoken = speaker.speak("1", language).await.map(|c| format!("{} ms", c.duration().as_millis()));
        line(&format!("speech {}", language.as_str()), spoken.map_err(|e| e.to_string()))?;
    }
    for language in ringdesk_tts::library::LANGUAGES {
        say(&recognised(config, language))?;
    }
    limited::report(&config.data).iter().try_for_each(|one| say(one))?;
    for (trunk, how) in trunks::report(&config.data) {
        line(&format!("trunk {trunk}"), how)?;
    }
    let store = Store::open(&config.data, &config.store.url).await;
    line("store", store.map(|_| "opens".to_owned()).map_err(|e| e.to_string()))?;
    let clock = WallClock::start();
    let certificate = Certificates::open(config, &clock).map_err(|fault| fault.to_string());
    line("certificate", certificate.and_then(|one| one.line_from_outside(clock.now())))?;
    for address in &config.https.listen {
        let free = std::net::TcpListener::bind(address).map(|_| "free".to_owned());
        line(&format!("HTTPS {address}"), free.map_err(|e| e.to_string()))?;
    }
    for interface in &config.signaling.interface {
        if let Some(address) = interface.udp {
            let free = std::net::UdpSocket::bind(address).map(|_| "free".to_owned());
            line(&format!("SIP {address} (UDP)"), free.map_err(|e| e.to_string()))?;
        }
        if let Some(address) = interface.tcp {
            let free = std::net::TcpListener::bind(address).map(|_| "free".to_owned());
            line(&format!("SIP {address} (TCP)"), free.map_err(|e| e.to_string()))?;
        }
        if let Some(address) = interface.tls {
            let free = std::net::TcpListener::bind(address).map(|_| "free".to_owned());
            line(&format!("SIP {address} (TLS)"), free.map_err(|e| e.to_string()))?;
        }
    }
    if bad > 0 {
        bail!("{bad} thing(s) are missing");
    }
    Ok(())
}

/// Trunks are judged by their calls alone: only the server that runs knows how they are now.
async fn go_live(config: &Config) -> Result<()> {
    // The server may run: it has the data, and this only looks.
    let store = Store::look(&config.data, &config.store.url).await;
    let store = store.with_context(|| format!("{}: run `ringdesk serve` first", config.data.display()))?;
    let (operations, account) = only_account(store).await?;
    let look = readiness::Look::from_outside((Arc::new(operations), account), config);
    let (lines, may) = readiness::lines(readiness::now(), &look.facts().await);
    lines.iter().try_for_each(|line| say(line))?;
    if may { Ok(()) } else { bail!("something is red") }
}

/// Who understands this language here. Nobody is no fault of the machine, but it is said.
fn recognised(config: &Config, language: Language) -> String {
    let (mut able, mut why) = (Vec::new(), Vec::new());
    for engine in config.asr.engines.iter().filter(|e| e.languages().contains(&language)) {
        match engine.build().ready() {
            Ok(()) => able.push(engine.name().to_owned()),
            Err(fault) => why.push(format!("; {}: {fault}", engine.name())),
        }
    }
    let language = language.as_str();
    match able.is_empty() {
        false => format!("ok       recognition {language}: {}{}", able.join(", "), why.concat()),
        true => format!("absent   recognition {language}: no_engine{}", why.concat()),
    }
}

fn prompts(config: &Config, command: Prompts) -> Result<()> {
    let speaker = Speaker::new(config.data.join("speech-cache"), config.speech.rate);
    let library = PromptLibrary::new(config.data.join("prompts"), speaker);
    match command {
        Prompts::Script { language } => say(library.script(language.into()).trim_end()),
        Prompts::Import { language, folder } => {
            let report = ringdesk_tts::import(&library, language.into(), &folder)
                .with_context(|| folder.display().to_string())?;
            say(&format!("{} taken", report.taken.len()))?;
            for (file, reason) in &report.refused {
                say(&format!("refused  {file}: {reason}"))?;
            }
            for id in &report.missing {
                say(&format!("missing  {id}"))?;
            }
            match report.refused.len() {
                0 => Ok(()),
                refused => bail!("{refused} file(s) were refused"),
            }
        }
    }
}

async fn import(config: &Config, file: &Path) -> Result<()> {
    let plan = Plan::read(file)?;
    std::fs::create_dir_all(&config.data).with_context(|| config.data.display().to_string())?;
    let (store, recovery) = Store::open(&config.data, &config.store.url).await?;
    let operations = Operations::new(Arc::new(store), crate::house::REALM)?;
    if !operations.accounts().await?.is_empty() {
        bail!("there is a centre in {} already; nothing was changed", config.data.display());
    }
    let fixed = std::env::var("RINGDESK_DEMO_PASSWORD").ok();
    let mut passwords = BTreeMap::new();
    for (login, _) in ringdesk_operations::demo::logins() {
        passwords.insert(login.to_owned(), fixed.clone().map_or_else(ringdesk_operations::secrets::password, Ok)?);
    }
    operations.install_demo(WallClock::start().now(), &passwords, |queues| plan.inboxes(queues)).await?;
    if let Some(key) = recovery {
        say(&format!("recovery key, shown only this once; keep it apart from the data: {key}"))?;
    }
    passwords.iter().try_for_each(|(login, password)| say(&format!("login {login:<11} {password}")))
}

/// The store's one account.
pub(crate) async fn account(config: &Config) -> Result<(Operations, AccountId)> {
    let (store, _) = Store::open(&config.data, &config.store.url).await?;
    only_account(store).await
}

async fn only_account(store: Store) -> Result<(Operations, AccountId)> {
    let operations = Operations::new(Arc::new(store), crate::house::REALM)?;
    let [account] = operations.accounts().await?[..] else {
        bail!("there is no account yet; `ringdesk serve` makes one")
    };
    Ok((operations, account))
}

async fn user(config: &Config, command: User) -> Result<()> {
    let clock = WallClock::start();
    let (operations, account) = account(config).await?;
    let scope = ringdesk_model::Scope {
        account,
        user: ringdesk_model::UserId(uuid::Uuid::nil()),
        agent: None,
        everyone: true,
        unmasked: true,
    };
    let users = operations.users(&scope).await?;
    match command {
        User::List => {
            for user in users {
                say(&format!("{:<16} {}", user.login, user.roles.join(", ")))?;
            }
            Ok(())
        }
        User::Password { login } => {
            let user = users.into_iter().find(|u| u.login == login).with_context(|| format!("no user {login}"))?;
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            operations.set_password(clock.now(), &Actor::System, account, user.id, password.trim_end(), false).await?;
            say("changed")
        }
    }
}
