//! One TOML file and the environment. Every room owns its part; unknown keys are errors that name the line.

use crate::certificates::CertificatesConfig;
use crate::dialling::DiallingConfig;
use crate::feature_codes::FeatureCodes;
use crate::tasks::shedding::Shedding;
use ipnet::IpNet;
use ringdesk_agent_gateway::Turn;
use ringdesk_asr::EngineConfig;
use ringdesk_asr::models::Entry;
use ringdesk_conversations::{Country, RecordingRule};
use ringdesk_model::{Language, Pii};
use ringdesk_operations::SessionLimits;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole configuration. Every key has a default: an empty file is a working server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder for the database, keys, prompts and logins. One server per folder.
    pub data: PathBuf,
    /// ISO 3166 code of the telephone network: how numbers without a country are read, and which tones callers know.
    pub country: String,
    pub http: Http,
    pub https: Https,
    pub certificates: CertificatesConfig,
    pub turn: TurnConfig,
    pub store: Store,
    pub signaling: ringdesk_signaling::Config,
    pub media: ringdesk_media::Config,
    pub speech: Speech,
    pub recordings: Recordings,
    pub asr: Asr,
    pub log: Log,
    /// How long a drain may take before the remaining calls are hung up, seconds.
    pub drain_seconds: u64,
    /// The longest a call may last before it is hung up, seconds: one that both sides forgot ends by itself. At most a week.
    pub longest_call_seconds: NonZeroU64,
    /// When the server is behind its work and takes no new calls.
    pub shedding: Shedding,
    pub dialling: DiallingConfig,
    pub channels: Channels,
    /// What agents dial and type to have something done.
    pub feature_codes: FeatureCodes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Without TLS, so on loopback: another address is refused, unless `plain_for_everybody` says that this is meant, behind a
    /// proxy on another machine for instance.
    pub listen: SocketAddr,
    pub plain_for_everybody: bool,
    /// Networks of proxies whose `X-Forwarded-For` is believed. Behind a proxy that is not named here everybody comes from
    /// the proxy's own address, and shares its count of failed logins.
    pub trusted_proxies: Vec<IpNet>,
    /// A session ends without a request and without an events socket for so long, minutes; and after so many hours in any case.
    pub session_idle_minutes: NonZeroU32,
    pub session_hours: NonZeroU32,
}

/// The same over TLS, for everybody else (`[certificates]`).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Https {
    /// `["0.0.0.0:8443", "[::]:8443"]`; an empty list: nowhere.
    pub listen: Vec<SocketAddr>,
    /// Pages that come from elsewhere and may talk SIP (`/sip`) all the same: `https://desk.example.org`.
    pub origins: Vec<String>,
}

/// A TURN server of the operator's (coturn with `use-auth-secret`), for browsers in networks that let nothing through but TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// `turns:turn.example.org:443?transport=tcp`. None: there is no such server.
    pub urls: Vec<String>,
    /// What `static-auth-secret` says there; or the file in which it stands, alone.
    pub secret: Option<Pii<String>>,
    pub secret_file: Option<PathBuf>,
    /// How long the credentials are good that a browser gets: a shift.
    pub good_for_seconds: NonZeroU32,
}

impl Default for TurnConfig {
    fn default() -> Self {
        let good_for_seconds = const { NonZeroU32::new(43_200).expect("not zero") };
        TurnConfig { urls: Vec::new(), secret: None, secret_file: None, good_for_seconds }
    }
}

impl TurnConfig {
    /// `None`: there is no such server.
    pub fn open(&self) -> Result<Option<Turn>, ConfigError> {
        let secret = match (&self.secret, &self.secret_file) {
            (None, None) if self.urls.is_empty() => return Ok(None),
            (Some(secret), None) => secret.reveal().clone(),
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?,
            _ => return Err(ConfigError::Turn("secret or secret_file is given, one of them")),
        };
        let secret = secret.trim();
        if secret.is_empty() {
            return Err(ConfigError::Turn("the secret is empty"));
        }
        if self.urls.is_empty() || self.urls.iter().any(|url| !url.starts_with("turn:") && !url.starts_with("turns:")) {
            return Err(ConfigError::Turn("urls begin with turn: or turns:"));
        }
        let good_for = Duration::from_secs(u64::from(self.good_for_seconds.get()));
        Ok(Some(Turn::new(self.urls.clone(), Pii::new(secret.to_owned()), good_for)))
    }
}

impl Default for Https {
    fn default() -> Self {
        Https { listen: vec![SocketAddr::from(([0, 0, 0, 0], 8443))], origins: Vec::new() }
    }
}

/// Channels of text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channels {
    /// Networks into which webhooks may lead beside the open Internet: `["10.1.0.0/16"]`. Without it none leads to this machine or
    /// its neighbours.
    pub allow_networks: Vec<IpNet>,
    /// A program, with its arguments, that looks at every file people send: `["clamdscan", "--no-summary", "-"]`. It reads the file from
    /// its standard input, and says by its exit code whether it may be kept: 0. Empty: none.
    pub scan: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// `postgres://…`; empty: SQLite in the data folder.
    pub url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Speech {
    /// Words per minute of the last-resort voice.
    pub rate: u16,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// Where they lie; `recordings` in the data folder without it.
    pub folder: Option<PathBuf>,
    /// Of inboxes that have no rule of their own.
    pub rule: RecordingRule,
    /// How long the file of an export (WAV) stays; a day without it. It is made again for whoever wants it later.
    pub keep_wav_seconds: Option<NonZeroU64>,
}

impl Recordings {
    pub fn keep_wav(&self) -> Duration {
        self.keep_wav_seconds.map_or(Duration::from_secs(86_400), |n| Duration::from_secs(n.get()))
    }
}

/// Speech to text. In which language a number is heard, its flow says; a queue may say otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asr {
    /// Who is asked first stands first (asr/README.md). A language without an engine is said: `no_engine`.
    pub engines: Vec<EngineConfig>,
    /// Captions while people talk; the second pass over the recording comes in any case.
    pub live: bool,
    /// Calls that are listened to at once, 0.4 % of a core each; 25 for each core without it. Further ones have no captions.
    pub live_calls: Option<usize>,
    /// Clips heard at once; half of the cores without it.
    pub places: Option<NonZeroUsize>,
    /// How long an engine may take for a caption, and for an utterance of the second pass.
    pub live_seconds: NonZeroU64,
    pub second_pass_seconds: NonZeroU64,
    /// Names of products and people that engines should expect.
    pub hot_words: Vec<String>,
    /// By the queue's name.
    pub queues: BTreeMap<String, AsrQueue>,
    pub models: Models,
}

/// Weights for the engine `whisper`: `ringdesk models`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// Where they lie; `models` in the data folder without it.
    pub folder: Option<PathBuf>,
    /// Who is asked first stands first: addresses up to the file's name, or folders. None of them is believed.
    pub mirrors: Vec<String>,
    /// Beside those that the program knows: name, file, sha256.
    pub known: Vec<Entry>,
}

/// Once a caller waits in this queue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AsrQueue {
    pub language: Option<Language>,
    /// Beside those of the house.
    pub hot_words: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// As `tracing` understands it: `info`, `info,ringdesk_media=debug`. `RINGDESK_LOG` goes before it.
    pub filter: String,
    pub json: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: "data".into(),
            country: "cn".into(),
            http: Http::default(),
            https: Https::default(),
            certificates: CertificatesConfig::default(),
            turn: TurnConfig::default(),
            store: Store::default(),
            signaling: ringdesk_signaling::Config::default(),
            media: ringdesk_media::Config::default(),
            speech: Speech::default(),
            recordings: Recordings::default(),
            asr: Asr::default(),
            log: Log::default(),
            drain_seconds: 600,
            longest_call_seconds: const { NonZeroU64::new(12 * 3_600).expect("not zero") },
            shedding: Shedding::default(),
            dialling: DiallingConfig::default(),
            channels: Channels::default(),
            feature_codes: FeatureCodes::default(),
        }
    }
}

impl Http {
    pub fn sessions(&self) -> SessionLimits {
        SessionLimits {
            idle: Duration::from_secs(u64::from(self.session_idle_minutes.get()) * 60),
            longest: Duration::from_secs(u64::from(self.session_hours.get()) * 3_600),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Http {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            plain_for_everybody: false,
            trusted_proxies: Vec::new(),
            session_idle_minutes: const { NonZeroU32::new(120).expect("not zero") },
            session_hours: const { NonZeroU32::new(12).expect("not zero") },
        }
    }
}

impl Default for Speech {
    fn default() -> Self {
        Speech { rate: 160 }
    }
}

impl Default for Asr {
    /// What a Debian system can hear without further ado; where the program is absent, that is said.
    fn default() -> Self {
        Asr {
            engines: vec![EngineConfig::Pocketsphinx],
            live: true,
            live_calls: None,
            places: None,
            live_seconds: const { NonZeroU64::new(5).expect("not zero") },
            second_pass_seconds: const { NonZeroU64::new(120).expect("not zero") },
            hot_words: Vec::new(),
            queues: BTreeMap::new(),
            models: Models::default(),
        }
    }
}

impl Default for Models {
    fn default() -> Self {
        let mirror = |host: &str| format!("https://{host}/ggerganov/whisper.cpp/resolve/main");
        Models { folder: None, mirrors: vec![mirror("huggingface.co"), mirror("hf-mirror.com")], known: Vec::new() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { filter: "info".into(), json: false }
    }
}

const WEEK: u64 = 7 * 24 * 3_600;

/// Why a configuration was refused; the text names file, line and key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {fault}")]
    Malformed { path: PathBuf, fault: Box<toml::de::Error> },
    #[error("country = {0:?}: not a country this server knows")]
    UnknownCountry(String),
    #[error("feature_codes: {0}")]
    FeatureCodes(String),
    #[error("dialling: {0:?} is no prefix: `+49`, `+` for the world, `115` for a short number")]
    Prefix(String),
    #[error("longest_call_seconds = {0}: at most a week, which is {WEEK}")]
    LongestCall(u64),
    #[error(
        "http.listen = {0}: passwords would cross the network in the clear; others use https.listen, or say http.plain_for_everybody = true"
    )]
    NotLoopback(SocketAddr),
    #[error("turn: {0}")]
    Turn(&'static str),
    #[error("asr.models: {0}")]
    Models(#[from] ringdesk_asr::models::ModelFault),
}

impl Config {
    /// Read a file, then what the environment overrides: `RINGDESK_DATA`, `RINGDESK_STORE_URL`, `RINGDESK_LOG`.
    pub fn load(path: Option<&Path>) -> Result<Config, ConfigError> {
        let mut config = match path {
            None => Config::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
                toml::from_str(&text)
                    .map_err(|fault| ConfigError::Malformed { path: path.into(), fault: Box::new(fault) })?
            }
        };
        for (name, place) in [("RINGDESK_STORE_URL", &mut config.store.url), ("RINGDESK_LOG", &mut config.log.filter)] {
            if let Ok(value) = std::env::var(name) {
                *place = value;
            }
        }
        if let Ok(data) = std::env::var("RINGDESK_DATA") {
            config.data = data.into();
        }
        config.check()
    }

    fn check(mut self) -> Result<Config, ConfigError> {
        let shelf = self.shelf()?;
        for engine in &mut self.asr.engines {
            if let EngineConfig::Whisper(whisper) = engine {
                let (file, sum) = shelf.resolve(&whisper.model);
                (whisper.model, whisper.sha256) = (file, whisper.sha256.take().or(sum));
            }
        }
        if self.longest_call_seconds.get() > WEEK {
            return Err(ConfigError::LongestCall(self.longest_call_seconds.get()));
        }
        if !self.http.listen.ip().is_loopback() && !self.http.plain_for_everybody {
            return Err(ConfigError::NotLoopback(self.http.listen));
        }
        self.turn.open()?;
        if Country::of(&self.country).is_none() {
            return Err(ConfigError::UnknownCountry(self.country));
        }
        let prefix = |p: &&String| {
            !p.bytes().enumerate().all(|(n, b)| b.is_ascii_digit() || (n == 0 && b == b'+')) || p.is_empty()
        };
        if let Some(wrong) = self.dialling.allow.iter().chain(&self.dialling.deny).find(prefix) {
            return Err(ConfigError::Prefix(wrong.clone()));
        }
        if let Some(fault) = self.feature_codes.fault() {
            return Err(ConfigError::FeatureCodes(fault));
        }
        Ok(self)
    }

    /// Where recordings lie.
    pub fn recordings(&self) -> PathBuf {
        self.recordings.folder.clone().unwrap_or_else(|| self.data.join("recordings"))
    }

    /// The limits of a call that are the operator's to choose; the others are the machine's.
    pub fn calls(&self) -> ringdesk_call_control::Config {
        let call = Duration::from_secs(self.longest_call_seconds.get());
        let codes = self.feature_codes.in_call();
        ringdesk_call_control::Config { call, codes, ..ringdesk_call_control::Config::default() }
    }

    /// How numbers are dialled where the server stands.
    pub fn home(&self) -> Country {
        Country::of(&self.country).expect("checked when the configuration was read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str::<Config>(text).map_err(|e| e.to_string())
    }

    #[test]
    fn an_empty_file_is_a_working_server() {
        assert_eq!(parse("").unwrap().http.listen.port(), 8080);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let fault = parse("data = \"x\"\n\n[http]\nlisten_on = 1\n").unwrap_err();
        assert!(fault.contains("line 4") && fault.contains("listen_on"), "{fault}");
    }

    #[test]
    fn a_country_is_one_we_know() {
        let config = parse("country = \"zz\"").unwrap();
        assert!(matches!(config.check(), Err(ConfigError::UnknownCountry(_))));
        assert_eq!(parse("country = \"de\"").unwrap().check().unwrap().home(), Country::of("DE").unwrap());
    }

    #[test]
    fn engines_are_written_as_tables() {
        let text = "[asr]\nhot_words = [\"Ringdesk\"]\n[[asr.engines]]\nkind = \"command\"\nname = \"ear\"\nprogram = \"/opt/ear\"\n\
                    args = [\"{wav}\"]\nlanguages = [\"zh-CN\"]\noutput = \"text\"\n[[asr.engines]]\nkind = \"pocketsphinx\"\n\
                    [asr.queues.sales]\nlanguage = \"zh-CN\"\n";
        let asr = parse(text).unwrap().asr;
        assert_eq!(asr.engines.iter().map(EngineConfig::name).collect::<Vec<_>>(), ["ear", "pocketsphinx"]);
        assert_eq!(asr.queues["sales"].language, Some(Language::ZhCn));
        assert!(parse("[asr]\nlive_seconds = 0").is_err());
        assert_eq!(parse("").unwrap().asr.engines, [EngineConfig::Pocketsphinx]);
    }

    #[test]
    fn a_turn_server_has_addresses_and_a_secret() {
        let turn = |text: &str| parse(&format!("[turn]\n{text}")).unwrap().turn.open();
        assert!(turn("").unwrap().is_none());
        assert!(turn("urls = [\"turns:t.example:443\"]\nsecret = \"north\"").unwrap().is_some());
        for wrong in [
            "urls = [\"turns:t.example\"]",
            "secret = \"north\"",
            "urls = [\"https://t.example\"]\nsecret = \"north\"",
            "urls = [\"turn:t.example\"]\nsecret = \" \"",
            "urls = [\"turn:t.example\"]\nsecret = \"a\"\nsecret_file = \"b\"",
            "urls = [\"turn:t.example\"]\nsecret_file = \"/nowhere\"",
        ] {
            assert!(turn(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_call_lasts_as_long_as_the_operator_says() {
        let codes = FeatureCodes::default().in_call();
        let usual = ringdesk_call_control::Config { codes, ..Default::default() };
        assert_eq!(parse("").unwrap().calls(), usual);
        let config = parse("longest_call_seconds = 7200").unwrap().check().unwrap();
        assert_eq!(config.calls().call, Duration::from_secs(7_200));
        assert!(parse("longest_call_seconds = 0").is_err());
        let config = parse("longest_call_seconds = 604801").unwrap();
        assert!(matches!(config.check(), Err(ConfigError::LongestCall(604_801))));
    }

    #[test]
    fn http_stays_on_loopback() {
        let config = parse("[http]\nlisten = \"0.0.0.0:8080\"").unwrap();
        assert!(matches!(config.check(), Err(ConfigError::NotLoopback(_))));
        let config = parse("[http]\nlisten = \"0.0.0.0:8080\"\nplain_for_everybody = true").unwrap();
        assert!(config.check().is_ok());
    }
}
