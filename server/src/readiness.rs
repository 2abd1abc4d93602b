//! What is looked at before a centre goes live: by the server that runs, and by the command line beside it.

use crate::certificates::Certificates;
use crate::config::Config;
use crate::desk::Desks;
use crate::trunks::Trunks;
use ringdesk_agent_gateway::certificate::TellsOfCertificate;
use ringdesk_agent_gateway::orders::{Reply, TrunkNow};
use ringdesk_agent_gateway::readiness::Inspector;
use ringdesk_conversations::RecordingStart;
use ringdesk_model::{AccountId, Clock as _, Timestamp, TrunkId, WallClock};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_readiness::{
    AdminFacts, CertificateFacts, Facts, InboxFacts, InterfaceFacts, QueueStepFacts, Recogniser, TrunkFacts,
    keys_in_clear,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// The prompt that tells callers of the recording.
const NOTICE: &str = "recording.notice";
/// Over which it is reckoned what a day takes.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// Files looked at for that; more are not waited for.
const FILES: usize = 200_000;

/// A server that runs: it knows how its trunks are, whether sound comes back, and by which ways telephones are there.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) trunks: Trunks,
    pub(crate) desks: Arc<Desks>,
}

#[derive(Clone)]
pub(crate) struct Look {
    operations: Arc<Operations>,
    account: AccountId,
    certificate: Option<Arc<dyn TellsOfCertificate>>,
    running: Option<Running>,
    config: Arc<Config>,
}

impl Look {
    pub(crate) fn new(
        (operations, account): (Arc<Operations>, AccountId),
        certificate: Option<Arc<dyn TellsOfCertificate>>,
        running: Option<Running>,
        config: &Config,
    ) -> Look {
        Look { operations, account, certificate, running, config: Arc::new(config.clone()) }
    }

    /// From the command line, beside a server that runs or does not.
    pub(crate) fn from_outside(house: (Arc<Operations>, AccountId), config: &Config) -> Look {
        let certificates = Certificates::open(config, &WallClock::start()).ok();
        let certificate = certificates.map(|one| Arc::new(one.teller()) as Arc<dyn TellsOfCertificate>);
        Look::new(house, certificate, None, config)
    }

    /// What cannot be looked at is left out, and said in the log.
    pub(crate) async fn facts(&self) -> Facts {
        let mut facts = Facts {
            certificate: self.certificate.as_ref().map(|certificate| certificate_facts(certificate.as_ref())),
            interfaces: interfaces(&self.config),
            clock_follows: clock_follows(),
            ..Facts::default()
        };
        let trunks = self.running.as_ref().map(|running| running.trunks.all()).unwrap_or_default();
        facts.sound_both_ways = self.running.as_ref().and_then(|running| running.desks.sound.both_ways());
        if let Err(fault) = self.rows(&mut facts, &trunks).await {
            tracing::warn!(%fault, "a part of the check before going live was not looked at");
        }
        let (data, recordings) = (self.config.data.clone(), self.config.recordings());
        let engines = self.config.asr.engines.clone();
        let slow = tokio::task::spawn_blocking(move || {
            let able = |language| {
                let speaks = engines.iter().filter(move |engine| engine.languages().contains(&language));
                speaks.filter(|engine| engine.build().ready().is_ok()).map(|e| e.name().to_owned()).collect::<Vec<_>>()
            };
            let engines = ringdesk_tts::library::LANGUAGES.map(|language| (language.as_str(), able(language)));
            (disk_free(&data), a_day(&recordings), engines)
        });
        if let Ok((free, a_day, engines)) = slow.await {
            (facts.disk_free, facts.disk_a_day) = (free, a_day);
            for (language, able) in engines {
                match facts.recognisers.iter_mut().find(|one| one.language == language) {
                    Some(one) => one.engines = able,
                    None => {
                        facts.recognisers.push(Recogniser { language: language.into(), used: false, engines: able })
                    }
                }
            }
        }
        facts
    }

    async fn rows(&self, facts: &mut Facts, now: &BTreeMap<TrunkId, TrunkNow>) -> Result<(), OperationError> {
        let (operations, account) = (&self.operations, self.account);
        let (keepers, of_demo) = operations.keepers(account).await?;
        facts.admins = keepers.into_iter().map(|(login, second_factor)| AdminFacts { login, second_factor }).collect();
        facts.demo = Some(of_demo);
        facts.holidays = Some(operations.knows_coming_holidays(account, WallClock::start().now()).await?);
        let proven = operations.proven_trunks(account).await?;
        let last = |trunk: TrunkId, way: &str| {
            proven.iter().find(|(id, direction, _)| *id == trunk && direction == way).map(|(_, _, at)| *at)
        };
        let directory = operations.directory(account).await?;
        if let Some(Running { desks, .. }) = &self.running {
            let extensions: Vec<String> = directory.extensions.iter().map(|one| one.number.clone()).collect();
            facts.telephones_in_clear = Some(desks.clear_keys.of(&desks.signaling, &extensions).await);
        }
        for trunk in directory.trunks {
            let settings: Value = serde_json::from_str(&trunk.settings).unwrap_or_default();
            let state = now.get(&trunk.id).cloned().unwrap_or_default();
            let word = |name: &str| settings[name].as_str().unwrap_or_default();
            let dials = !word("host").is_empty();
            facts.trunks.push(TrunkFacts {
                dials,
                keys_in_clear: dials && keys_in_clear(word("srtp"), word("transport")),
                up: state.health,
                registered: state.registered,
                came: last(trunk.id, "in"),
                went: last(trunk.id, "out"),
                name: trunk.name,
            });
        }
        let rules = operations.recording_rules(account).await?;
        let (mut languages, mut seen, mut flows) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for plan in operations.numbers(account).await?.into_values() {
            let Some((id, _, document)) = &plan.flow else { continue };
            let document: Value = serde_json::from_str(document).unwrap_or_default();
            languages.insert(document["language"].as_str().unwrap_or("en").to_owned());
            let steps = document["steps"].as_object().cloned().unwrap_or_default();
            if seen.insert(plan.inbox) {
                let rule = rules.get(&plan.inbox).copied().unwrap_or(self.config.recordings.rule);
                let announces = steps.values().any(|step| step["prompt"]["id"] == NOTICE);
                let records = rule.start != RecordingStart::Off;
                facts.inboxes.push(InboxFacts { name: plan.name.clone(), records, announces });
            }
            if flows.insert(*id) {
                let name = document["name"].as_str().unwrap_or_default();
                let queues = steps.iter().filter(|(_, step)| step["kind"] == "queue");
                facts.queue_steps.extend(queues.map(|(step, what)| QueueStepFacts {
                    flow: name.to_owned(),
                    step: step.clone(),
                    has_way_out: what["on"]["no_agents"].is_string(),
                }));
            }
        }
        let used = |language: String| Recogniser { language, used: true, engines: Vec::new() };
        facts.recognisers = languages.into_iter().map(used).collect();
        Ok(())
    }
}

impl Inspector for Look {
    fn look(&self) -> Reply<Facts> {
        let look = self.clone();
        Box::pin(async move { look.facts().await })
    }
}

fn certificate_facts(certificate: &dyn TellsOfCertificate) -> CertificateFacts {
    let told = certificate.state();
    CertificateFacts {
        names: told.names,
        not_before: told.not_before,
        not_after: told.not_after,
        own: told.source == "own",
        renewed: told.source != "given",
        failing: told.acme.filter(|acme| acme.phase == "failing").and_then(|acme| acme.fault).map(|(_, said)| said),
    }
}

fn interfaces(config: &Config) -> Vec<InterfaceFacts> {
    let facts = config.signaling.interface.iter().filter_map(|one| {
        let bound = one.addresses().next()?.ip();
        let seen = if bound.is_unspecified() { ringdesk_signaling::outward(bound).unwrap_or(bound) } else { bound };
        Some(InterfaceFacts { name: one.name.clone(), bound: seen, advertised: one.advertised_host() })
    });
    facts.collect()
}

fn disk_free(data: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(data).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// What was written in the last week, by seven. `None`: nothing was.
fn a_day(recordings: &Path) -> Option<u64> {
    let now = Duration::from_micros(u64::try_from(WallClock::start().now().0).ok()?);
    let since = UNIX_EPOCH + now.checked_sub(WEEK)?;
    let (mut folders, mut files, mut bytes) = (vec![PathBuf::from(recordings)], 0, 0u64);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                folders.push(entry.path());
            } else if meta.modified().is_ok_and(|at| at > since) {
                bytes = bytes.saturating_add(meta.len());
            }
            files += 1;
            if files > FILES {
                return Some(bytes / 7);
            }
        }
    }
    (bytes > 0).then_some(bytes / 7)
}

/// The kernel's own word: somebody keeps its clock (an NTP client says so through the same door).
fn clock_follows() -> Option<bool> {
    #[expect(unsafe_code, reason = "no safe word for it: plain numbers, filled in by the kernel; nothing is set")]
    let (state, status) = unsafe {
        let mut asked: libc::timex = std::mem::zeroed();
        let state = libc::adjtimex(&raw mut asked);
        (state, asked.status)
    };
    (state >= 0).then_some(state != libc::TIME_ERROR && status & libc::STA_UNSYNC == 0)
}

/// A line for each, for the command line.
pub(crate) fn lines(now: Timestamp, facts: &Facts) -> (Vec<String>, bool) {
    let checks = ringdesk_readiness::judge(now, facts);
    let line = |check: &ringdesk_readiness::Check| {
        let advice = if check.advice.is_empty() { String::new() } else { format!("; {}", check.advice) };
        format!("{:<8} {}: {}{advice}", check.state.as_str(), check.id.as_str(), check.seen)
    };
    (checks.iter().map(line).collect(), ringdesk_readiness::may_go_live(&checks))
}

pub(crate) fn now() -> Timestamp {
    WallClock::start().now()
}
