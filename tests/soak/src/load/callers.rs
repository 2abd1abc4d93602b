//! A caller: dials, lives through some part of a call, and leaves in one of the many ways.

use super::{HERE, World};
use crate::dice::Dice;
use crate::handset::{Bye, Handset, Heard};
use crate::house::{self, NOWHERE, QUEUES, SENTENCE};
use crate::ledger::End;
use anyhow::Result;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Clone, Copy, Debug)]
enum Plan {
    /// Wait, talk, hang up some time: in the queue, while it rings, in the talk.
    Live,
    /// The same, but leave early.
    Abandon,
    /// Ring one telephone; take it back while it rings.
    Cancel,
    /// Take it back before the server has said a word.
    CancelAtOnce,
    Direct,
    /// Hear a sentence; the flow hangs up.
    Listen,
    WrongNumber,
    LostBye,
    Vanish,
    /// Hear the server's BYE only when it is repeated.
    Deaf,
}

const PLANS: &[(u32, Plan)] = &[
    (46, Plan::Live),
    (14, Plan::Abandon),
    (8, Plan::Cancel),
    (3, Plan::CancelAtOnce),
    (8, Plan::Direct),
    (5, Plan::Listen),
    (2, Plan::WrongNumber),
    (7, Plan::LostBye),
    (4, Plan::Vanish),
    (3, Plan::Deaf),
];

/// When nobody does anything wrong.
const QUICK: &[(u32, Plan)] = &[(6, Plan::Live), (2, Plan::Abandon), (1, Plan::WrongNumber), (1, Plan::Cancel)];

/// The final answer to an INVITE comes within this; a direct call rings so long at most.
const ANSWER: Duration = Duration::from_secs(30);
/// A flow that has nothing left to do ends the call within this, whatever else happens.
const FLOW: Duration = Duration::from_secs(90);

/// So many short calls, one after the other.
pub async fn quick_caller(world: &World, calls: usize, mut dice: Dice) -> Result<()> {
    for _ in 0..calls {
        call(world, dice.weighted(QUICK), &mut dice).await?;
    }
    Ok(())
}

/// One call after the other until callers are done.
pub async fn caller(world: &World, mut dice: Dice) -> Result<()> {
    while world.may_call().await {
        let mut plan = dice.weighted(PLANS);
        if matches!(plan, Plan::Vanish) && !world.stage().vanishing {
            plan = Plan::Live;
        }
        call(world, plan, &mut dice).await?;
        sleep(dice.ms(50, 1_500)).await;
    }
    Ok(())
}

async fn call(world: &World, plan: Plan, dice: &mut Dice) -> Result<()> {
    let dialled = match plan {
        Plan::Cancel | Plan::CancelAtOnce | Plan::Direct => house::direct(dice.below(house::DIRECTS)),
        Plan::Listen => SENTENCE.into(),
        Plan::WrongNumber => NOWHERE.into(),
        _ => dice.weighted(&[(4, QUEUES[0]), (1, QUEUES[1])]).into(),
    };
    let life = world.stage().life;
    let number = world.ledger.begin(&dialled);
    let mut phone = Handset::open(HERE, &number, world.sip, &world.studio, world.pace).await?;
    if matches!(plan, Plan::Deaf) {
        phone.deaf_to_byes = 1 + dice.below(3) as u32;
        world.ledger.fault("BYE to the caller lost");
    }
    let (at, end) = tokio::select! {
        lived = live(world, plan, &number, &dialled, &mut phone, dice) => lived?,
        () = world.server_is_gone(life) => {
            let at = world.ledger.now();
            // Some telephones notice and say so to the new server, some do not.
            if dice.one_in(2) && phone.busy() && world.may_call().await {
                phone.hang_up(0).await?;
            }
            (at, End::Killed)
        }
    };
    world.ledger.ended(&number, at, end);
    Ok(())
}

async fn live(
    world: &World,
    plan: Plan,
    number: &str,
    dialled: &str,
    phone: &mut Handset,
    dice: &mut Dice,
) -> Result<(ringdesk_model::Timestamp, End)> {
    let ledger = &world.ledger;
    phone.dial(dialled).await?;
    let mut until = Instant::now() + ANSWER;
    let mut cancel_at = match plan {
        Plan::CancelAtOnce => Some(Instant::now()),
        _ => None,
    };
    let mut cancelled = false;
    // Until it is answered or refused.
    loop {
        let heard = phone.next(cancel_at.unwrap_or(until).min(until)).await?;
        match heard {
            Heard::Progress(_) => {
                ledger.heard(number);
                if matches!(plan, Plan::Cancel) && !cancelled && cancel_at.is_none() {
                    cancel_at = Some(Instant::now() + dice.ms(0, if world.quick { 200 } else { 3_000 }));
                }
            }
            Heard::Answered => break,
            Heard::Refused(status) => {
                ledger.heard(number);
                let end = if cancelled && status == 487 { End::Cancelled } else { End::Refused(status) };
                return Ok((ledger.now(), end));
            }
            Heard::Nothing if cancel_at.is_some() && !cancelled => {
                (cancelled, cancel_at) = (true, None);
                until = Instant::now() + ANSWER;
                ledger.fault("CANCEL");
                phone.cancel().await?;
            }
            Heard::Nothing => return Ok((ledger.now(), End::Unanswered)),
            _ => {}
        }
    }
    ledger.answered(number);
    let stays = match plan {
        _ if world.quick => dice.ms(0, 600),
        Plan::Live => dice.ms(3_000, 20_000),
        // The 200 and the CANCEL have crossed.
        Plan::Cancel | Plan::CancelAtOnce if cancelled => Duration::ZERO,
        Plan::Abandon => dice.ms(0, 3_000),
        Plan::Cancel | Plan::CancelAtOnce | Plan::Direct => dice.ms(500, 8_000),
        Plan::Listen => FLOW,
        Plan::Deaf => Duration::from_secs(20),
        Plan::LostBye | Plan::Vanish | Plan::WrongNumber => dice.ms(500, 12_000),
    };
    let leaves = Instant::now() + stays;
    loop {
        match phone.next(leaves).await? {
            Heard::HungUp => return Ok((world.hung_up(phone), End::ByServer)),
            Heard::Nothing => break,
            _ => {}
        }
    }
    // Its BYE has been lost so far: the server has hung up already.
    if phone.bye_at.is_some() {
        phone.hang_up(0).await?;
        return Ok((world.hung_up(phone), End::ByServer));
    }
    match plan {
        Plan::Vanish => {
            ledger.fault("caller vanished");
            phone.drop_call();
            Ok((ledger.now(), End::Vanished))
        }
        Plan::LostBye => {
            let lost = 1 + dice.below(3) as u32;
            ledger.fault("BYE of the caller lost");
            // 500 ms, 1 s, 2 s: what the server hears comes so much later.
            let arrives = ledger.now() + Duration::from_millis(500 * ((1 << lost) - 1));
            Ok(match phone.hang_up(lost).await? {
                Bye::Answered => (arrives, End::ByCallerLate),
                Bye::Crossed => (world.hung_up(phone), End::ByServer),
                Bye::Unanswered => (arrives, End::Unanswered),
            })
        }
        _ => {
            let at = ledger.now();
            Ok(match phone.hang_up(0).await? {
                Bye::Answered => (at, End::ByCaller),
                Bye::Crossed => (world.hung_up(phone), End::ByServer),
                Bye::Unanswered => (at, End::Unanswered),
            })
        }
    }
}
