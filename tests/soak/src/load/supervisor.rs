//! The supervisor: sees to it that there are agents, and lets some of them sign in twice.

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

async fn sign_in(world: &World, agent: usize, state: &str) -> Option<Login> {
    let centre = world.centre.read().await;
    let login = centre.login(&house::login_of(agent)).await.ok()?;
    let wish = json!({ "state": state, "reason": "soak" });
    // 409 while there is work in hand: that is an answer, too.
    centre.api(&login, "PUT", "presence", Some(&wish)).await.ok()?;
    Some(login)
}
