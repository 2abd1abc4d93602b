//! One helper: an agent of the demo whose telephone the house answers. It is a device like any other: it registers, rings, is picked
//! up, talks, hangs up, and its agent wraps up with a disposition.

use super::Hour;
use super::line::{Heard, Line};
use super::sound::Sound;
use anyhow::{Result, bail};
use ringdesk_model::{Actor, Clock as _, ParticipationId};
use ringdesk_operations::demo_helpers::Helper;
use ringdesk_routing::Wanted;
use ringdesk_switchboard::AccountOrder;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a registration stands, and when it is prolonged.
const REGISTERED: u32 = 300;
const PROLONG: Duration = Duration::from_secs(200);
/// For an answer of the house.
const PATIENCE: Duration = Duration::from_secs(5);
const GOODBYE: Duration = Duration::from_secs(1);
/// What they choose, one after the other: the demo's tree has these.
const DISPOSITIONS: [&str; 5] = ["solved", "billing/invoice", "solved", "callback", "billing/refund"];

/// What comes next.
#[derive(Clone, Copy)]
enum Next {
    Answer,
    HangUp,
    WrapUp,
}

pub(super) async fn help(hour: &Hour, helper: &Helper, place: usize) -> Result<()> {
    let sound = Sound::open(hour.ip, hour.seed()).await?;
    let named = (helper.extension.as_str(), "Helper");
    let mut line = Line::open(hour.ip, hour.house, named, sound.at, hour.seed()).await?;
    line.register(&helper.phone_password, REGISTERED);
    match timeout(PATIENCE, line.next()).await {
        Ok(Heard::Registered) => {}
        other => bail!("the telephone of a helper was not registered: {other:?}"),
    }
    let actor = Actor::User { user: helper.user, agent: Some(helper.agent), address: None };
    let give = |order| hour.orders.give(actor.clone(), order);
    give(AccountOrder::Presence(helper.agent, Wanted::Ready)).await;

    let (mut calls, mut talks) = (place, false);
    let mut next: Option<(Instant, Next)> = None;
    let mut prolong = Instant::now() + PROLONG;
    let mut heard_at = None;
    loop {
        let due = async {
            match next {
                Some((at, what)) => {
                    sleep_until(at).await;
                    what
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = line.next() => match heard {
                Heard::Called(to) => {
                    heard_at = to;
                    line.ring();
                    next = Some((hour.within(1_000, 4_000), Next::Answer));
                }
                Heard::Acknowledged => {
                    talks = true;
                    sound.send_to(heard_at);
                    sound.say(hour.voices.agent(calls));
                    next = Some((hour.within(20_000, 60_000), Next::HangUp));
                }
                Heard::Over | Heard::Silent => {
                    sound.say(None);
                    sound.send_to(None);
                    next = std::mem::take(&mut talks).then(|| (hour.within(2_000, 6_000), Next::WrapUp));
                }
                Heard::Refused(status) => bail!("the telephone of a helper was refused: {status}"),
                Heard::Registered | Heard::Answered(_) => {}
            },
            what = due => {
                next = None;
                match what {
                    Next::Answer => line.pick_up(),
                    Next::HangUp => line.hang_up(),
                    Next::WrapUp => {
                        wrap_up(hour, helper, &actor, calls).await;
                        calls += 1;
                    }
                }
            }
            () = sleep_until(prolong) => {
                prolong = Instant::now() + if line.is_idle() { PROLONG } else { PATIENCE };
                if line.is_idle() {
                    line.register(&helper.phone_password, REGISTERED);
                }
            }
            () = hour.stopped() => break,
        }
    }

    if talks || matches!(next, Some((_, Next::Answer))) {
        line.hang_up();
        let _ = timeout(GOODBYE, line.next()).await;
    }
    if talks || matches!(next, Some((_, Next::WrapUp))) {
        wrap_up(hour, helper, &actor, calls).await;
    }
    line.register(&helper.phone_password, 0);
    let _ = timeout(GOODBYE, line.next()).await;
    Ok(())
}

async fn wrap_up(hour: &Hour, helper: &Helper, actor: &Actor, calls: usize) {
    if let Some(offer) = hour.desks.busy.part_of(helper.agent) {
        let (part, code) = (ParticipationId(offer.0), DISPOSITIONS[calls % DISPOSITIONS.len()].to_owned());
        let now = hour.desks.clock.now();
        let done = hour.operations.set_disposition(now, actor, &hour.scope, part, Some(code), None).await;
        if let Err(fault) = done {
            // The tree may be another one by now; the call is wrapped up all the same.
            tracing::debug!(%fault, "a helper chose no disposition");
        }
    }
    hour.orders.give(actor.clone(), AccountOrder::FinishWrapUp(helper.agent)).await;
}
