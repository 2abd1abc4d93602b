//! Callers who say what they want: real voices over real sockets, understood by the recogniser that the project installs, and sent their way.

use crate::interop::routing::{edit, queue, waiting};
use crate::interop::transcripts::sound;
use crate::interop::transfers::{CONTACT, SOON};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::Login;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

/// PocketSphinx hears these through a telephone as: "the child almost heard that small dog", "for queen of clubs" and "what is the weather
/// in here". The words that choose are among them.
const DOG: &str = "en/sb-spk1_snt1.wav";
const CLUBS: &str = "en/cards-002.wav";
const WEATHER: &str = "en/weather-question.wav";
/// Said, understood and decided, or not in time: the engine yields to everything else on its machine.
const UNDERSTOOD: Duration = Duration::from_secs(25);
/// How often somebody says it who is asked again.
const TIMES: usize = 8;

/// A real engine, and time for it.
const ENGINE: &str = "[asr]\nlive_seconds = 18\n[[asr.engines]]\nkind = \"pocketsphinx\"\n";

async fn made(centre: &Centre, admin: &Login, path: &str, what: Value) -> Result<String> {
    let (status, made) = centre.api(admin, "POST", path, Some(&what)).await?;
    ensure!(status == 201, "{path}: {made}");
    Ok(made["id"].as_str().context("an id")?.to_owned())
}

/// A centre whose number 1098 asks callers what they want: animals to support, cards to sales.
struct House {
    centre: Centre,
    admin: Login,
    support: String,
    sales: String,
}

impl House {
    async fn open() -> Result<House> {
        let centre = Centre::start_with(ENGINE, &[]).await?;
        let admin = centre.login("admin").await?;
        let (support, sales) = (queue(&centre, &admin, "support").await?, queue(&centre, &admin, "sales").await?);
        for id in [&support, &sales] {
            edit(&centre, &admin, id, json!({ "empty": "wait" })).await?;
        }
        // Who is quiet for three seconds has said it: a machine that stands still for two is no pause of theirs.
        let steps = json!({
            "ask": { "kind": "listen", "name": "matter", "prompts": [{ "id": "queue.wait" }],
                     "choices": { "animals": ["dog", "child"], "cards": ["clubs", "queen"] }, "keys": { "1": "animals" },
                     "timeout_ms": 30_000, "longest_ms": 30_000, "quiet_ms": 3_000, "attempts": 10,
                     "next": "way", "on_failed": "end" },
            "way": { "kind": "branch", "on": "matter", "cases": { "animals": "support", "cards": "sales" }, "default": "end" },
            "support": { "kind": "queue", "queue": support },
            "sales": { "kind": "queue", "queue": sales },
            "end": { "kind": "hangup" }
        });
        let document = json!({ "name": "Spoken", "language": "en", "start": "ask", "steps": steps });
        let flow = made(&centre, &admin, "flows", json!({ "name": "Spoken", "document": document })).await?;
        made(&centre, &admin, "inboxes", json!({ "name": "Spoken", "numbers": ["1098"], "flow": flow })).await?;
        Ok(House { centre, admin, support, sales })
    }

    /// Somebody calls and hears that something is asked.
    async fn caller(&self) -> Result<Phone> {
        let mut caller = Phone::new("caller", "015112345678", self.centre.sip, CONTACT, &Ladder::default()).await?;
        caller.sound.hum(0.0);
        caller.invite("1098").await?;
        caller.answered(SOON).await?;
        self.asked(&caller).await?;
        Ok(caller)
    }

    async fn asked(&self, caller: &Phone) -> Result<()> {
        caller.sound.clear();
        ensure!(caller.sound.hears_something(UNDERSTOOD * 2).await, "nothing is asked\n{}", self.centre.log());
        Ok(())
    }

    /// They say it, and again where nothing comes of it, until they wait in this queue; then they hang up.
    async fn gets_to(&self, mut caller: Phone, said: &str, queue: &str) -> Result<()> {
        let words = sound(said)?;
        for _ in 0..TIMES {
            caller.sound.say(&words);
            caller.sound.said().await;
            let there = self.centre.until_within(UNDERSTOOD, &self.admin, "work_items", waiting(1)).await;
            let Ok(items) = there else { continue };
            assert_eq!(items[0]["queue"], json!(queue), "{said}: {items:#}\n{}", self.centre.log());
            caller.hang_up().await?;
            return self.centre.until(&self.admin, "work_items", waiting(0)).await.map(drop);
        }
        anyhow::bail!("{said} was not understood\n{}", self.centre.log())
    }
}

/// Four callers say one of two things: over the question, and when it is over. Each is understood, and waits where people for it are.
///
/// Rows: S7.2, S7.7, V4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_are_sent_where_their_words_belong() -> Result<()> {
    let house = House::open().await?;
    let (support, sales) = (&house.support, &house.sales);
    for (said, queue, over) in
        [(DOG, support, true), (CLUBS, sales, false), (CLUBS, sales, true), (DOG, support, false)]
    {
        let caller = house.caller().await?;
        if over {
            // The house is quiet: it has asked, and listens.
            while caller.sound.hears_something(Duration::from_secs(2)).await {
                caller.sound.clear();
            }
        }
        house.gets_to(caller, said, queue).await?;
    }
    assert_eq!(house.centre.figure("stuck_total").await?, 0, "{}", house.centre.log());
    Ok(())
}

/// Something else than what is wanted is asked about again, and understood then; a key does what a word does; who hangs up while the house listens
/// leaves nothing behind.
///
/// Rows: S7.2, S7.23
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_something_else_is_asked_again() -> Result<()> {
    let house = House::open().await?;
    let caller = house.caller().await?;
    caller.sound.say(&sound(WEATHER)?);
    caller.sound.said().await;
    house.asked(&caller).await?;
    house.gets_to(caller, CLUBS, &house.sales).await?;

    let mut caller = house.caller().await?;
    caller.sound.press('1');
    let items = house.centre.until(&house.admin, "work_items", waiting(1)).await?;
    assert_eq!(items[0]["queue"], json!(house.support), "{items:#}");
    caller.hang_up().await?;
    house.centre.until(&house.admin, "work_items", waiting(0)).await?;

    let mut caller = house.caller().await?;
    caller.sound.say(&sound(DOG)?);
    caller.hang_up().await?;
    house.centre.figure_until("media_legs_open", SOON, |legs| legs == 0).await?;
    assert_eq!(house.centre.figure("stuck_total").await?, 0, "{}", house.centre.log());
    Ok(())
}
