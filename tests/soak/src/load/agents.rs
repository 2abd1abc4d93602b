//! An agent's telephone: rings, and what becomes of it is a matter of luck.

use super::{HERE, World};
use crate::dice::Dice;
use crate::handset::{Bye, Handset, Heard};
use anyhow::Result;
use ringdesk_interop::PASSWORD;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Clone, Copy, Debug)]
enum Mood {
    /// Answer, talk; one of both hangs up.
    Answer,
    Decline(&'static str),
    /// Let it ring until it is taken back.
    Ignore,
    /// The supervisor changes the presence while it rings; then it is answered all the same.
    Forced(&'static str),
    /// Not a word for a while: the network is gone, and comes back.
    Silent,
    /// Answer, then the network is gone for good, in mid-talk.
    Vanish,
    LostBye,
    Deaf,
}

const MOODS: &[(u32, Mood)] = &[
    (58, Mood::Answer),
    (4, Mood::Decline("486 Busy Here")),
    (3, Mood::Decline("603 Decline")),
    (2, Mood::Decline("480 Temporarily Unavailable")),
    (1, Mood::Decline("500 Server Internal Error")),
    (8, Mood::Ignore),
    (4, Mood::Forced("not_ready")),
    (4, Mood::Forced("logged_out")),
    (2, Mood::Forced("ready")),
    (4, Mood::Silent),
    (2, Mood::Vanish),
    (4, Mood::LostBye),
    (4, Mood::Deaf),
];

const EXPIRES: u32 = 120;
const REFRESH: Duration = Duration::from_secs(45);
/// How long a telephone that vanished stays away before its owner takes another one.
const AWAY: Duration = Duration::from_secs(3);
/// A BYE of the server that did not come: the caller's is noticed within a minute of silence.
const PATIENCE: Duration = Duration::from_secs(100);

/// Answer, until agents are done.
pub async fn agent(world: &World, extension: String, mut dice: Dice) -> Result<()> {
    while world.stage().agents {
        let mut phone = Handset::open(HERE, &extension, world.sip, &world.studio, world.pace).await?;
        while world.may_answer().await {
            let life = world.stage().life;
            let again = tokio::select! {
                again = duty(world, &extension, &mut phone, &mut dice) => again?,
                () = world.server_is_gone(life) => true,
                () = world.agents_are_done() => true,
            };
            if !again {
                break;
            }
            if world.stage().life != life || !world.stage().up {
                phone.drop_call();
            }
        }
        if world.stage().agents {
            sleep(AWAY).await;
        }
    }
    Ok(())
}

/// One registration long. False: this telephone is gone for good.
async fn duty(world: &World, extension: &str, phone: &mut Handset, dice: &mut Dice) -> Result<bool> {
    let status = phone.register(PASSWORD, EXPIRES).await?;
    if status != 200 {
        world.ledger.odd(format!("{extension}: REGISTER ended with {status}"));
        sleep(AWAY).await;
    }
    let refresh = Instant::now() + REFRESH;
    loop {
        match phone.next(refresh).await? {
            Heard::Ringing(number) if !rings(world, extension, &number, phone, dice).await? => return Ok(false),
            Heard::Nothing => return Ok(true),
            _ => {}
        }
    }
}

async fn rings(world: &World, extension: &str, number: &str, phone: &mut Handset, dice: &mut Dice) -> Result<bool> {
    let mut mood = if world.quick { Mood::Answer } else { dice.weighted(MOODS) };
    if matches!(mood, Mood::Vanish) && !world.stage().vanishing {
        mood = Mood::Answer;
    }
    let ledger = &world.ledger;
    if matches!(mood, Mood::Silent) {
        ledger.fault("agent's telephone silent while it rings");
        sleep(dice.ms(1_000, 7_000)).await;
    }
    phone.ring().await?;
    let thinks = match mood {
        Mood::Ignore => PATIENCE,
        _ if world.quick => dice.ms(10, 60),
        _ => dice.ms(50, 1_500),
    };
    if let Mood::Forced(state) = mood {
        ledger.fault("presence forced while it rings");
        world.choose(extension, state).await;
    }
    if matches!(mood, Mood::Ignore) {
        ledger.fault("not answered");
    }
    let picks_up = Instant::now() + thinks;
    loop {
        match phone.next(picks_up).await? {
            Heard::Cancelled | Heard::HungUp => return Ok(true),
            Heard::Nothing => break,
            _ => {}
        }
    }
    match mood {
        Mood::Decline(status) => {
            ledger.fault("declined");
            phone.decline(status).await?;
            return Ok(true);
        }
        Mood::Ignore => {
            ledger.odd(format!("{extension}: rang for {PATIENCE:?}"));
            phone.decline("480 Temporarily Unavailable").await?;
            return Ok(true);
        }
        _ => {}
    }
    phone.pick_up().await?;
    let confirmed = Instant::now() + Duration::from_secs(40);
    loop {
        match phone.next(confirmed).await? {
            Heard::Confirmed => break,
            Heard::HungUp => return Ok(true),
            Heard::Nothing => {
                ledger.odd(format!("{extension}: nobody acknowledged the 200"));
                phone.drop_call();
                return Ok(true);
            }
            _ => {}
        }
    }
    let span = ledger.joined(number);
    talk(world, extension, (number, span), mood, phone, dice).await
}

async fn talk(
    world: &World,
    extension: &str,
    (number, span): (&str, usize),
    mood: Mood,
    phone: &mut Handset,
    dice: &mut Dice,
) -> Result<bool> {
    let ledger = &world.ledger;
    if matches!(mood, Mood::Deaf) {
        ledger.fault("BYE to the agent lost");
        phone.deaf_to_byes = 1 + dice.below(3) as u32;
    }
    // Whoever hangs up first: the agent after this, or the caller.
    let talks = if dice.one_in(2) || matches!(mood, Mood::Deaf) { PATIENCE } else { dice.ms(1_000, 9_000) };
    let talks = if matches!(mood, Mood::Vanish | Mood::LostBye) { talks.min(Duration::from_secs(4)) } else { talks };
    let talks = if world.quick { dice.ms(100, 400) } else { talks };
    let hangs_up = Instant::now() + talks;
    loop {
        match phone.next(hangs_up).await? {
            Heard::HungUp => {
                ledger.left(number, span, world.hung_up(phone), false);
                return Ok(true);
            }
            Heard::Nothing => break,
            _ => {}
        }
    }
    if talks == PATIENCE {
        ledger.odd(format!("{extension}: a talk of {PATIENCE:?} that nobody ended"));
    }
    match mood {
        Mood::Vanish => {
            ledger.fault("agent vanished in the talk");
            ledger.left(number, span, ledger.now(), true);
            phone.drop_call();
            return Ok(false);
        }
        Mood::LostBye => {
            let lost = 1 + dice.below(3) as u32;
            ledger.fault("BYE of the agent lost");
            let arrives = ledger.now() + Duration::from_millis(500 * ((1 << lost) - 1));
            let crossed = phone.hang_up(lost).await? == Bye::Crossed;
            ledger.left(number, span, if crossed { world.hung_up(phone) } else { arrives }, false);
        }
        _ => {
            let at = ledger.now();
            if phone.hang_up(0).await? == Bye::Unanswered {
                ledger.odd(format!("{extension}: nobody answered the BYE"));
            }
            ledger.left(number, span, at, false);
        }
    }
    Ok(true)
}
