//! Everything is built here, in order, and torn down in the opposite one.

mod https;
mod lease;
mod own_thread;
mod sound;

use crate::busy_hour;
use crate::call_rules::Ruler;
use crate::certificates::Certificates;
use crate::couriers::{COURIERS, Courier};
use crate::demo_centre::Centre;
use crate::demo_pack::Pack;
use crate::desk::Desks;
use crate::dialling::Dialling;
use crate::dictation::Telephones;
use crate::essential::Essential;
use crate::feature_codes::Service;
use crate::first_start::{self, FirstStart};
use crate::hearing::Hearing;
use crate::hearing::second::Transcriber;
use crate::limited::run_limited;
use crate::mailbox::Keeper;
use crate::prompts::PromptDesk;
use crate::recordings::archive::Cabinet;
use crate::recordings::books::{self, run_books};
use crate::recordings::work::Renderer;
use crate::recordings::{Recordings, Taps, recovery, room, unbooked};
use crate::tasks::account::{AccountOrders, run_account};
use crate::tasks::exchange::{self, DesksSlot, run_exchange};
use crate::tasks::jobs::{self, run_jobs};
use crate::tasks::journal::{Books, Journal, run_journal};
use crate::tasks::lights::run_lights;
use crate::tasks::notices::{Notices, run_notices};
use crate::tasks::phones::{self, run_phones};
use crate::tasks::promises::{Promises, run_promises};
use crate::tasks::rows::{self, Premises, Rows, run_rows};
use crate::tasks::shedding::run_shedding;
use crate::tasks::texts::{Texts, TextsChanged, run_texts};
use crate::tasks::watch::{Watch, run_watch};
use crate::tasks::watchdog::run_watchdog;
use crate::trunks::{Trunks, run_trunks};
use crate::{Config, gateway, metrics as figures, readiness};
use anyhow::{Context as _, Result};
use own_thread::OwnThread;
use ringdesk_agent_gateway::{Patience, Proxies};
use ringdesk_channels::{Carrier, Guard, outbound};
use ringdesk_media::{Media, Shelf};
use ringdesk_model::{AccountId, Actor, Clock as _, Ids, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::attachments::Scanner;
use ringdesk_operations::secrets;
use ringdesk_recordings::Folder;
use ringdesk_routing::{Floor, Router};
use ringdesk_signaling::Signaling;
use ringdesk_storage::Store;
use ringdesk_storage::leases::Lease;
use ringdesk_switchboard::{AccountDesk, AccountInput};
use ringdesk_tts::{PromptLibrary, Speaker};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};

/// Realm of SIP digest. It is part of every stored HA1, so it does not follow the configuration.
pub const REALM: &str = "ringdesk";
/// How long captions of the last calls may take at the end; their sound is stored, and heard again.
const LAST_WORDS: Duration = Duration::from_secs(6);

/// A running Ringdesk.
pub struct House {
    pub account: AccountId,
    pub first_start: FirstStart,
    pub http: SocketAddr,
    pub https: Vec<SocketAddr>,
    pub sip: Vec<SocketAddr>,
    desks: Arc<Desks>,
    operations: Arc<Operations>,
    signaling: Signaling,
    sip_thread: OwnThread,
    books_thread: OwnThread,
    lease: Lease,
    drain: Duration,
    essential: Essential,
    centre: Option<Centre>,
}

impl House {
    /// Open the store, bind every socket, start every task. Ready to take calls when it returns.
    pub async fn open(config: Config, with_demo: bool) -> Result<House> {
        outlive_file_limits()?;
        let recorder = figures::recorder();
        let clock = WallClock::start();
        std::fs::create_dir_all(&config.data).with_context(|| format!("data folder {}", config.data.display()))?;
        let certificates = Certificates::open(&config, &clock)?;
        match certificates.line(clock.now()) {
            Ok(line) => tracing::info!(certificate = line, "this is shown"),
            Err(fault) => tracing::error!(certificate = fault, "others will not believe it"),
        }
        let (store, recovery) = Store::open(&config.data, &config.store.url).await?;
        let scanner = Some(config.channels.scan.clone()).filter(|command| !command.is_empty()).map(Scanner);
        let operations = Arc::new(
            Operations::new(Arc::new(store), REALM)?.with_sessions(config.http.sessions()).with_scanner(scanner),
        );
        let recovery = recovery.map(|key| key.to_string());
        let (account, first_start) = first_start::begin(&operations, &config, clock, recovery, with_demo).await?;
        let recovered = operations.recover(clock.now(), account).await?;
        tracing::info!(?recovered, "what the last server left open is closed");
        let lease = lease::take(&operations, account, clock).await?;

        // The rooms.
        let seeds = Arc::new(Mutex::new(Ids::seeded(u64::from_be_bytes(secrets::random()?))));
        let seed = || seeds.lock().unwrap_or_else(std::sync::PoisonError::into_inner).bits();
        let slot: DesksSlot = Arc::new(OnceLock::new());
        let phones = phones::Changed::default();
        let (door, at_the_door) = mpsc::channel(exchange::DOOR);
        let premises = Premises { home: config.home(), interfaces: config.signaling.interface.len() };
        let (trunks, of_trunks) = Trunks::new(clock);
        let rows = Rows::new(config.recordings.rule, premises, trunks.clone());
        rows.load(&operations, account).await?;
        let directory = Arc::new(rows::directory(&operations, account, premises).await?);
        trunks.are(&directory);
        let speaker = Speaker::new(config.data.join("speech-cache"), config.speech.rate);
        let shelf = Shelf::default();
        let library = PromptLibrary::new(config.data.join("prompts"), speaker.clone());
        sound::fill_shelf(&shelf, &library, &config.country).await;
        let prompts = PromptDesk::new(library, shelf.clone(), clock);
        prompts.fill_shelf().await;
        let sip_thread = OwnThread::start("sip-0")?;
        let opening = ringdesk_signaling::open_secured(
            config.signaling.clone(),
            Some(certificates.sip()),
            directory,
            clock,
            seed(),
            exchange::signaling_outlet(slot.clone(), door, phones.clone(), trunks.clone()),
        );
        let signaling = sip_thread.0.spawn(opening).await??;
        phones::restore(&operations, account, &signaling.handle()).await;
        tokio::spawn(run_phones(phones, operations.clone(), account));
        tokio::spawn(run_lights(operations.clone(), account, signaling.handle()));
        let sound = sound::config(&config, &signaling);
        let media = Media::start(sound, clock, seed(), shelf.clone(), exchange::media_outlet(slot.clone()))?;
        let media = Arc::new(media);

        // The tasks.
        let (journal, entries) = Journal::new();
        let (newest, events) = watch::channel(0);
        let told =
            run_trunks(trunks.clone(), of_trunks, operations.clone(), account, newest.clone(), config.data.clone());
        tokio::spawn(told);
        let books = Books {
            operations: operations.clone(),
            account,
            lease: lease.clone(),
            clock,
            ids: Ids::seeded(seed()),
            home: config.home(),
            lag: journal.lag().clone(),
            newest: newest.clone(),
        };
        let essential = Essential::default();
        let books_thread = OwnThread::start("books-0")?;
        essential.spawn_on(&books_thread.0, "journal", async move {
            if let Err(fault) = run_journal(books, entries).await {
                tracing::error!(%fault, "the journal ended");
            }
        });
        let (to_account, account_inbox) = mpsc::channel(crate::tasks::account::INBOX);
        let orders = AccountOrders::new(to_account.clone(), seeds.clone(), clock);
        unbooked::book(&operations, account, &Folder(config.recordings())).await?;
        let unfinished = operations.unfinished_recordings(account).await?;
        let (notes, noted) = mpsc::channel(books::BUFFER);
        let key = operations.account_key(account).await?;
        let hearing = Hearing::open(&config.asr, &operations, (account, key.clone()), clock, &journal, &newest).await?;
        let recordings = Arc::new(Recordings::new(
            room::open(&config, clock, notes.clone())?,
            operations.clone(),
            (account, key),
            clock,
            Taps::new(media.clone()),
            hearing.clone(),
            notes.clone(),
        ));
        let (to, handle) = (to_account.clone(), signaling.handle());
        let emergency = &config.signaling.emergency_numbers;
        let (home, out) = (config.home(), &config.dialling);
        let dialling = Dialling::new(operations.clone(), account, clock, home, emergency, out, trunks.clone());
        let out = (dialling, rows.devices().clone(), rows.opening_hours().clone());
        let told_by = speaker.clone();
        let desks = Desks::new(to, handle, media, shelf, speaker, journal, recordings.clone(), out, clock);
        let desks = Arc::new(desks);
        let (jobs, cabinet) = (Arc::new(Notify::new()), Cabinet::new(recordings.clone(), config.recordings.keep_wav()));
        let recorded = run_books(recordings.clone(), noted, jobs.clone());
        essential.spawn_on(&books_thread.0, "books of recordings", recorded);
        tokio::spawn(recovery::close(recordings.clone(), unfinished, jobs.clone()));
        let renderer = Renderer { operations: operations.clone(), cabinet: cabinet.clone() };
        let transcriber = Transcriber { recordings: recordings.clone(), hearing, rows: rows.clone() };
        let [render, hear, rule] = jobs::apart(jobs);
        let ruler = Ruler { recordings: recordings.clone(), rows: rows.clone(), clock };
        tokio::spawn(run_jobs(operations.clone(), renderer, format!("render-{}", seed()), render, clock));
        tokio::spawn(run_jobs(operations.clone(), transcriber, format!("transcribe-{}", seed()), hear, clock));
        tokio::spawn(run_jobs(operations.clone(), ruler, format!("rule-{}", seed()), rule, clock));
        // From here on events find their desks; before, signaling refuses calls.
        let _ = slot.set(desks.clone());
        let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(seed())), Ids::seeded(seed()));
        desk.handle_input(clock.now(), AccountInput::Recovered(operations.recovered_presence(account).await?));
        desk.handle_input(clock.now(), AccountInput::Configured(operations.floorplan(account).await?));
        let (floor, shown) = watch::channel(Arc::new(Floor::default()));
        essential.spawn("queues", run_account(desk, account_inbox, desks.clone(), orders.clone(), floor));
        let sip = signaling.handle();
        essential.spawn("rows", run_rows(rows.clone(), operations.clone(), account, sip, to_account, clock));
        let codes = Arc::new(config.feature_codes.clone());
        let keeper = Keeper { cabinet: cabinet.clone(), rows: rows.clone(), seeds: seeds.clone() };
        let service = Service { codes, orders: orders.clone(), keeper };
        let door = run_exchange(desks.clone(), rows.clone(), at_the_door, seeds.clone(), config.calls(), service);
        essential.spawn("door", door);
        essential.spawn_on(&books_thread.0, "lease", lease::renew(operations.clone(), lease.clone(), clock));
        essential.spawn("shedding", run_shedding(desks.clone(), config.shedding));
        essential
            .spawn("limits", run_limited(signaling.handle(), operations.clone(), account, config.data.clone(), clock));
        let owed = Promises {
            operations: operations.clone(),
            account,
            desks: desks.clone(),
            rows: rows.clone(),
            seeds: seeds.clone(),
            floor: shown.clone(),
            newest: newest.clone(),
        };
        essential.spawn("promises", run_promises(owed));
        let texts_changed = TextsChanged::default();
        let guard = Guard::new(config.channels.allow_networks.iter().copied());
        let carrier = Carrier::new(guard, outbound::PATIENCE);
        let courier = Courier::new(operations.clone(), carrier.clone(), clock, newest.clone());
        for n in 0..COURIERS {
            let (wake, name) = (texts_changed.couriers(), format!("courier-{n}-{}", seed()));
            tokio::spawn(run_jobs(operations.clone(), courier.clone(), name, wake, clock));
        }
        let texts = Texts {
            operations: operations.clone(),
            account,
            desks: desks.clone(),
            floor: shown.clone(),
            newest: newest.clone(),
            changed: texts_changed.clone(),
        };
        essential.spawn("texts", run_texts(texts));
        let told = Notices { operations: operations.clone(), account, newest: newest.clone(), clock };
        essential.spawn("notices", run_notices(told));
        let watched = Watch {
            operations: operations.clone(),
            account,
            trunks: trunks.clone(),
            floor: shown.clone(),
            newest,
            clock,
            data: config.data.clone(),
        };
        essential.spawn("alerts", run_watch(watched));
        let centre = if with_demo {
            let interfaces = signaling.interfaces().iter();
            let premises = busy_hour::Premises {
                desks: desks.clone(),
                operations: operations.clone(),
                account,
                orders: orders.clone(),
                rows: rows.clone(),
                speaker: told_by.clone(),
                sip: interfaces.filter_map(|i| i.udp).find(SocketAddr::is_ipv4).map(busy_hour::from_here),
            };
            let pack = Pack {
                operations: operations.clone(),
                account,
                key: operations.account_key(account).await?,
                clock,
                speaker: told_by,
                folder: Folder(config.recordings()),
                home: config.home(),
            };
            Some(Centre::open(premises, pack).await?)
        } else {
            None
        };
        essential.spawn("watchdog", run_watchdog(desks.clone(), config.calls().call));

        // The doors for people, last: whoever gets in finds everything running.
        let listener = tokio::net::TcpListener::bind(config.http.listen)
            .await
            .with_context(|| format!("http.listen = {}", config.http.listen))?;
        let http = listener.local_addr()?;
        let proxies = Proxies::new(config.http.trusted_proxies.iter().copied());
        let running = readiness::Running { trunks: trunks.clone(), desks: desks.clone() };
        let told = Arc::new(certificates.teller());
        let telephones = Telephones::new(desks.clone(), seeds.clone(), operations.clone(), account);
        let inspector = readiness::Look::new((operations.clone(), account), Some(told), Some(running), &config);
        let routes = gateway::routes(gateway::Parts {
            authority: certificates.authority(),
            certificate: Arc::new(certificates.teller()),
            inspector: Arc::new(inspector),
            prompts: Arc::new(prompts.with_telephones(telephones)),
            proofs: certificates.proof_routes(),
            origins: config.https.origins.clone().into(),
            turn: config.turn.open()?,
            centre: centre.clone(),
            home: config.home(),
            operations: operations.clone(),
            desks: desks.clone(),
            orders,
            cabinet,
            rows,
            proxies: proxies.clone(),
            floor: shown,
            events,
            clock,
            recorder,
            seeds,
            texts: texts_changed,
            carrier,
        });
        let https = https::serve(&config.https.listen, &certificates, &routes, &proxies)?;
        certificates.fetch(operations.account_key(account).await?, clock);
        tokio::spawn(certificates.keep(clock));
        tokio::spawn(async move {
            if let Err(fault) = ringdesk_agent_gateway::serve(listener, routes, Patience::default()).await {
                tracing::error!(%fault, "the HTTP server ended");
            }
        });
        let sip = signaling.interfaces().iter().flat_map(|i| i.udp.into_iter().chain(i.tcp).chain(i.tls)).collect();
        let drain = Duration::from_secs(config.drain_seconds);
        Ok(House {
            account,
            first_start,
            http,
            https,
            sip,
            desks,
            operations,
            signaling,
            sip_thread,
            books_thread,
            lease,
            drain,
            essential,
            centre,
        })
    }

    /// Wait until a task has failed that nothing goes on without; gives which. There is nothing left then but to end, and to be
    /// started again: the next start closes what is open.
    pub async fn failed(&self) -> &'static str {
        self.essential.fallen().await
    }

    /// End now: calls are hung up at once.
    pub async fn give_up(mut self) {
        self.drain = Duration::ZERO;
        self.drain().await;
    }

    /// No new work in or out; calls finish; after the configured time the rest is hung up. Then everything is written.
    pub async fn drain(self) {
        self.desks.set_draining();
        if let Some(centre) = &self.centre {
            centre.busy.end(Actor::System).await; // nobody waits for callers whom we made
        }
        self.signaling.handle().drain();
        let _ = self.desks.account.send(AccountInput::Drain).await;
        tracing::info!(calls = self.desks.open_calls(), "draining");
        if tokio::time::timeout(self.drain, self.desks.empty()).await.is_err() {
            let mut ids = Ids::seeded(0);
            for call in self.desks.call_ids() {
                let order = ids.next(self.desks.clock.now());
                self.desks.hang_up(call, order);
            }
            let _ = tokio::time::timeout(Duration::from_secs(5), self.desks.empty()).await;
        }
        self.desks.journal.flushed().await;
        // The last recordings are sealed, and the books hear of it.
        let recordings = self.desks.recordings.clone();
        let _ = tokio::task::spawn_blocking(move || recordings.recorder.shut_down()).await;
        self.desks.recordings.flushed().await;
        let _ = tokio::time::timeout(LAST_WORDS, self.desks.recordings.hearing.finished()).await;
        if let Err(fault) = self.operations.release_routing(self.account, &self.lease).await {
            tracing::warn!(%fault, "routing was not handed back; the next start waits for the lease");
        }
        self.signaling.close().await;
        drop((self.sip_thread, self.books_thread));
    }
}

/// Where files may not grow beyond a size (`ulimit -f`), the write that would exceed it fails, as on a full disk; without
/// this the signal that comes with it would end the server, and with it every call.
fn outlive_file_limits() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop) // the handler stays
}
