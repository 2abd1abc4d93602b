//! What a server that runs the demo does for whoever looks at it: a busy hour, and the pack made again.

use crate::busy_hour::{BusyHour, Premises};
use crate::demo_pack::{self, Pack, crowd};
use ringdesk_agent_gateway::OrderRefused;
use ringdesk_agent_gateway::demo::{BusyHourNow, BusyHourWish, DemoCentre};
use ringdesk_agent_gateway::orders::Reply;
use ringdesk_model::{Actor, Clock as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Centre {
    pub(crate) busy: BusyHour,
    pack: Pack,
    loading: Arc<AtomicBool>,
}

impl Centre {
    /// With what `RINGDESK_DEMO_PACK` asks for: `off`, `crowd`, or the pack of a new demo.
    pub(crate) async fn open(premises: Premises, pack: Pack) -> anyhow::Result<Centre> {
        let wanted = std::env::var("RINGDESK_DEMO_PACK");
        if wanted.as_deref() == Ok("crowd") {
            crowd::load(&pack).await?;
        }
        let centre = Centre { busy: BusyHour::new(premises), pack, loading: Arc::default() };
        centre.busy.tidy().await?;
        if !matches!(wanted.as_deref(), Ok("off" | "crowd")) {
            centre.load_first();
        }
        Ok(centre)
    }

    /// Make the pack of a new demo, while calls are taken already.
    fn load_first(&self) {
        let Some(turn) = Turn::take(&self.loading) else { return };
        let pack = self.pack.clone();
        tokio::spawn(async move {
            let _turn = turn;
            if let Err(fault) = demo_pack::load(&pack).await {
                tracing::warn!(fault = format!("{fault:#}"), "the demo has less to look at than it should");
            }
        });
    }
}

/// One loads at a time.
struct Turn(Arc<AtomicBool>);

impl Turn {
    fn take(loading: &Arc<AtomicBool>) -> Option<Turn> {
        (!loading.swap(true, Ordering::AcqRel)).then(|| Turn(loading.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl DemoCentre for Centre {
    fn busy_hour(&self) -> BusyHourNow {
        self.busy.now()
    }

    fn begin_busy_hour(&self, actor: Actor, wish: BusyHourWish) -> Reply<Result<BusyHourNow, OrderRefused>> {
        let busy = self.busy.clone();
        Box::pin(async move { busy.begin(actor, wish).await })
    }

    fn end_busy_hour(&self, actor: Actor) -> Reply<BusyHourNow> {
        let busy = self.busy.clone();
        Box::pin(async move { busy.end(actor).await })
    }

    fn is_loading(&self) -> bool {
        self.loading.load(Ordering::Acquire)
    }

    fn load_pack(&self, actor: Actor) -> Reply<Result<(), OrderRefused>> {
        let (pack, loading) = (self.pack.clone(), self.loading.clone());
        Box::pin(async move {
            let refused = |why: String| OrderRefused::Refused(why);
            let turn = Turn::take(&loading).ok_or_else(|| refused("it is being made already".into()))?;
            let held = pack.operations.demo_pack(pack.account).await.map_err(|fault| refused(fault.to_string()))?;
            if held > 0 {
                return Err(refused("there is a pack; take it away first".into()));
            }
            let now = pack.clock.now();
            let noted = pack.operations.note_demo_load(now, &actor, pack.account).await;
            noted.map_err(|fault| refused(fault.to_string()))?;
            tokio::spawn(async move {
                let _turn = turn;
                if let Err(fault) = demo_pack::make(&pack).await {
                    tracing::warn!(fault = format!("{fault:#}"), "the demo's pack is not whole");
                }
            });
            Ok(())
        })
    }
}
