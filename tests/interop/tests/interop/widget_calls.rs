//! Visitors who call from the chat on somebody else's page, in real browsers and real networks, until they talk with an agent's telephone.

use crate::interop::networks::{INSIDE, Map, OFFICE, OFFICE_PHONE, PUBLIC, PUBLIC_RELAY, map, only_port_443};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::browser::Browser;
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);
/// In Hz: the visitor's voice and the agent's.
const VISITOR: f32 = 620.0;
const AGENT: f32 = 440.0;

/// A centre with a foot in the world and one in the office, a site with a call button, and an agent whose telephone stands in the office.
struct Shop {
    centre: Centre,
    agent: Phone,
    inbox: String,
}

impl Shop {
    /// Pages come to this port from the world and from the office.
    async fn open(map: &Map, port: u16, home: &Value, more: &str) -> Result<Shop> {
        let _inside = map.centre.enter()?;
        let config = format!(
            "[https]\nlisten = [\"{INSIDE}:{port}\", \"{OFFICE}:{port}\"]\n{more}\
             [[signaling.interface]]\nname = \"world\"\nudp = \"{INSIDE}:5060\"\nadvertised = \"{PUBLIC}\"\n\
             [[signaling.interface]]\nname = \"office\"\nudp = \"{OFFICE}:5060\"\n"
        );
        let centre = Centre::start_with(&config, &[]).await?;
        let admin = centre.login("admin").await?;
        let (_, queues) = centre.api(&admin, "GET", "queues", None).await?;
        let queue =
            queues.as_array().context("a list")?.iter().find(|q| q["name"] == "support").context("the queue")?;
        let site = json!({ "allowed": [home], "title": "Boots", "calls": "1001" });
        let wish = json!({ "name": "Boots", "queue": queue["id"], "site": site });
        let (status, made) = centre.api(&admin, "POST", "text_inboxes", Some(&wish)).await?;
        ensure!(status == 201, "{status} {made}");
        let inbox = made["id"].as_str().context("an id")?.to_owned();
        let mut agent = {
            let _there = map.office.enter()?;
            let (at, server) = (format!("{OFFICE_PHONE}:5062").parse()?, format!("{OFFICE}:5060").parse()?);
            Phone::at(at, "2001", "2001", server, AGENT, &Ladder::default()).await?
        };
        agent.register(PASSWORD, 600).await?;
        centre.agent_ready("agent1").await?;
        Ok(Shop { centre, agent, inbox })
    }

    /// A visitor opens the chat and calls; the agent picks up, and each hears the other. Gives by which way the visitor's sound goes.
    async fn talks(&mut self, browser: &mut Browser, address: &str) -> Result<Value> {
        browser.call("visit", json!([address, self.inbox, VISITOR])).await?;
        browser.call("pressInChat", json!(["Open chat"])).await?;
        browser.call("pressInChat", json!(["Call us"])).await?;
        if let Err(fault) = self.agent.rings(SOON).await {
            let says = browser.call("inChat", json!(["says"])).await;
            return Err(fault.context(format!("the chat says {says:?}\n{}", self.centre.log())));
        }
        self.agent.pick_up().await?;
        let heard = self.agent.sound.hears_tone(VISITOR, SOON).await;
        let way = browser.call("inChat", json!(["way"])).await?;
        ensure!(heard.is_some(), "the agent does not hear the visitor, by {way}\n{}", self.centre.log());
        browser.visitor_hears(AGENT.into()).await.with_context(|| self.centre.log())?;
        browser.until_with("its way is known", "inChat", json!(["way"]), Value::is_object).await
    }

    /// The visitor hangs up, and so it is over for the agent.
    async fn ends(mut self, map: &Map, browser: &mut Browser) -> Result<()> {
        browser.call("pressInChat", json!(["Hang up"])).await?;
        self.agent.hung_up(SOON).await?;
        let over = |says: &Value| says == "The call has ended.";
        browser.until_with("the chat says so", "inChat", json!(["says"]), over).await?;
        let _inside = map.centre.enter()?;
        self.centre.figure_until("media_legs_open", SOON, |legs| legs == 0).await.map(drop)
    }
}

/// A visitor in Firefox calls from the chat on a page of another origin, is heard and hears.
///
/// Rows: S16.12, V1, V2
#[tokio::test]
async fn a_visitor_in_firefox_talks_from_a_foreign_page() -> Result<()> {
    let map = map()?;
    let mut browser = {
        let _there = map.world.enter()?;
        Browser::start("firefox").await?
    };
    let home = browser.call("home", json!([])).await?;
    let mut shop = Shop::open(&map, 8443, &home, "").await?;
    let way = shop.talks(&mut browser, &format!("https://{PUBLIC}:8443")).await?;
    assert_ne!(way["kind"], "relay", "{way}");
    shop.ends(&map, &mut browser).await
}

/// A visitor behind a firewall that lets nothing out but TCP to port 443 calls from the chat: their sound finds its way through a relay over TLS.
///
/// Rows: S16.12, S16.27, V1, V2
#[tokio::test]
async fn a_visitor_behind_a_firewall_talks_through_a_relay() -> Result<()> {
    let map = map()?;
    let folder = tempfile::tempdir()?;
    let _relay = only_port_443(&map, &folder).await?;
    let mut browser = {
        let _there = map.world.enter()?;
        Browser::start("chromium").await?
    };
    let home = browser.call("home", json!([])).await?;
    let turn = format!("[turn]\nurls = [\"turns:{PUBLIC_RELAY}:443?transport=tcp\"]\nsecret = \"what-both-know\"\n");
    let mut shop = Shop::open(&map, 443, &home, &turn).await?;
    let way = shop.talks(&mut browser, &format!("https://{PUBLIC}")).await?;
    assert_eq!((&way["kind"], &way["relay"]), (&json!("relay"), &json!("tls")), "{way}");
    shop.ends(&map, &mut browser).await
}
