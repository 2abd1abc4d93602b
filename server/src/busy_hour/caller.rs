//! One scripted caller: dials, presses keys, waits, talks or leaves, and hangs up.

use super::Hour;
use super::board::Phase;
use super::line::{Heard, Line};
use super::plan::Planned;
use super::sound::Sound;
use anyhow::Result;
use ringdesk_operations::secrets;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// From the end of the question to the key, and from a key that was wrong to the next.
const THINKS: Duration = Duration::from_millis(2_500);
const AGAIN: Duration = Duration::from_secs(6);
/// Nobody stays longer, whatever happens.
const LONGEST: Duration = Duration::from_secs(240);
/// For the last words of the SIP.
const GOODBYE: Duration = Duration::from_secs(2);

pub(super) async fn call(hour: &Hour, planned: Planned, place: usize) -> Result<()> {
    let sound = Sound::open(hour.ip, hour.seed()).await?;
    let named = (planned.from.as_str(), planned.name);
    let mut line = Line::open(hour.ip, hour.house, named, sound.at, hour.seed()).await?;
    let call_id = secrets::token()?;
    let mut told = hour.desks.busy.expect(call_id.clone());
    let mut leaving = false;
    let mut keys = planned.keys.iter().copied();
    let mut key_at: Option<Instant> = None;
    let leaves = planned.leaves_after.unwrap_or(LONGEST);
    let mut until = Instant::now() + leaves;
    line.dial(planned.number, call_id);
    hour.made.fetch_add(1, Ordering::Relaxed);
    loop {
        let pressing = async {
            match key_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = line.next() => match heard {
                Heard::Answered(to) => sound.send_to(to),
                Heard::Refused(_) | Heard::Silent => {
                    hour.refused.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Heard::Over => return Ok(()),
                Heard::Registered | Heard::Called(_) | Heard::Acknowledged => {}
            },
            Ok(()) = told.changed(), if !leaving => {
                let phase = *told.borrow_and_update();
                let now = Instant::now();
                key_at = (phase == Phase::Menu).then_some(now + THINKS);
                sound.say(None);
                match phase {
                    Phase::Waiting => until = until.min(now + planned.patience),
                    Phase::Talking | Phase::Message => {
                        sound.say(hour.voices.caller(place));
                        until = now + planned.talks;
                    }
                    Phase::Flow | Phase::Menu | Phase::Over => {}
                }
            }
            () = pressing => {
                let key = keys.next();
                key_at = key.map(|_| Instant::now() + AGAIN);
                key.into_iter().for_each(|key| sound.press(key));
            }
            () = sleep_until(until) => {
                if std::mem::replace(&mut leaving, true) {
                    return Ok(()); // the house answers no more; it ends the call itself
                }
                line.hang_up();
                until = Instant::now() + GOODBYE;
            }
            () = hour.stopped(), if !leaving => {
                leaving = true;
                line.hang_up();
                until = Instant::now() + GOODBYE;
            }
        }
    }
}
