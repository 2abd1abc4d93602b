//! The supervisor: sees to it that there are agents, lets some of them sign in twice, and passes calls on in their place.

use super::World;
use crate::dice::Dice;
use crate::house;
use anyhow::Result;
use ringdesk_interop::Login;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, interval};

const ROUND: Duration = Duration::from_secs(1);
const TWICE: Duration = Duration::from_secs(6);

/// Until agents are done.
pub async fn supervise(world: &World, agents: usize, mut dice: Dice) -> Result<()> {
    let mut round = interval(ROUND);
    let mut twice = Instant::now() + TWICE / 3;
    while world.stage().agents {
        round.tick().await;
        if !world.stage().up {
            continue;
        }
        let found = {
            let centre = world.centre.read().await;
            centre.api(&world.supervisor, "GET", "agents", None).await
        };
        // The server may be killed under any request.
        let Ok((200, Value::Array(found))) = found else { continue };
        for agent in found {
            let (Some(extension), Some(state)) = (agent["extension"].as_str(), agent["presence"]["state"].as_str())
            else {
                continue;
            };
            // The demo's own two agents have no telephone here.
            let ours = extension.starts_with('3');
            if ours && matches!(state, "not_ready" | "logged_out") && !dice.one_in(3) {
                world.choose(extension, "ready").await;
            }
        }
        if Instant::now() >= twice {
            twice = Instant::now() + TWICE;
            let agent = dice.below(agents);
            world.ledger.fault("agent signed in twice");
            let first = sign_in(world, agent, "ready").await;
            let second = sign_in(world, agent, dice.pick(&["ready", "not_ready"])).await;
            if let (Some(_), Some(_)) = (&first, &second)
                && world.stage().up
                && world.stage().store
                && let Some(first) = first
            {
                // Both sessions hold: the second ends nothing of the first.
                let centre = world.centre.read().await;
                if let Ok((status, reply)) = centre.api(&first, "GET", "presence", None).await
                    && status != 200
                    && world.stage().store
                {
                    world.ledger.odd(format!("the first of two sign-ins is worth nothing: {status} {reply}"));
                }
            }
        }
    }
    Ok(())
}

/// Every second, until agents are done: a list of conversations takes its time, and agents do not wait for it.
pub async fn pass_on(world: &World, mut dice: Dice) {
    let mut round = interval(ROUND);
    while world.stage().agents {
        round.tick().await;
        if world.stage().up && !world.quick {
            pass_one_on(world, &mut dice).await;
        }
    }
}

/// Somebody who talks now is passed on: to a queue, or to a colleague who may have no time.
async fn pass_one_on(world: &World, dice: &mut Dice) {
    let centre = world.centre.read().await;
    // The server may be killed under any request.
    let (mut found, mut page) = (Vec::new(), "conversations?limit=100".to_owned());
    // Whoever talks has waited: they are not among the newest.
    for _ in 0..4 {
        let Ok((200, Value::Array(more))) = centre.api(&world.supervisor, "GET", &page, None).await else { return };
        let Some(last) = more.last().and_then(|c| c["id"].as_str()) else { break };
        page = format!("conversations?limit=100&before={last}");
        found.extend(more);
    }
    let talks = |c: &Value| {
        let call = c["calls"].as_array()?.iter().find(|call| call["ended_at"].is_null())?["id"].as_str()?.to_owned();
        let part = c["participations"].as_array()?.iter().find(|part| part["left_at"].is_null())?;
        Some((call, part["agent"].as_str()?.to_owned()))
    };
    let talking: Vec<(String, String)> = found.iter().filter_map(talks).collect();
    if talking.is_empty() {
        return;
    }
    let (call, agent) = &talking[dice.below(talking.len())];
    let colleagues: Vec<&String> = world.agents.values().filter(|id| *id != agent).collect();
    let (to, what) = match dice.one_in(2) {
        true => (json!({ "queue": world.queues[dice.below(world.queues.len())] }), "transferred to a queue"),
        false => (json!({ "agent": colleagues[dice.below(colleagues.len())] }), "transferred to an agent"),
    };
    let wish = json!({ "to": to, "mode": "blind", "agent": agent, "reason": "soak" });
    match centre.api(&world.supervisor, "POST", &format!("calls/{call}/transfer"), Some(&wish)).await {
        Ok((202, _)) => world.ledger.fault(what),
        // It is over by now, or being passed on already.
        Ok((404 | 409, _)) => world.ledger.fault("transfer refused"),
        Ok((status, reply)) if world.stage().store => {
            world.ledger.odd(format!("a transfer was answered {status} {reply}"))
        }
        _ => {}
    }
}

async fn sign_in(world: &World, agent: usize, state: &str) -> Option<Login> {
    let centre = world.centre.read().await;
    let login = centre.login(&house::login_of(agent)).await.ok()?;
    let wish = json!({ "state": state, "reason": "soak" });
    // 409 while there is work in hand: that is an answer, too.
    centre.api(&login, "PUT", "presence", Some(&wish)).await.ok()?;
    Some(login)
}
