//! From anywhere: networks with a router between them that translates the centre's address, lets no UDP through, or speaks
//! IPv6; and a centre with a foot in two of them.

use super::transfers::hear_each_other;
use super::turn::coturn_over_tls;
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::baresip::Account;
use ringdesk_interop::browser::Browser;
use ringdesk_interop::namespace::Network;
use ringdesk_interop::{Baresip, Centre, Ladder, Login, PASSWORD, Phone, Process};
use serde_json::json;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(15);
const HZ: f32 = 440.0;

/// The centre's own address, the one that the world knows, and the caller's.
pub(super) const INSIDE: &str = "10.99.0.2";
pub(super) const PUBLIC: &str = "203.0.113.7";
const CALLER: &str = "198.51.100.50";
pub(super) const OFFICE: &str = "10.98.0.2";
pub(super) const OFFICE_PHONE: &str = "10.98.0.5";
/// The relay's own address, and the one that the world knows.
pub(super) const RELAY: &str = "10.97.0.2";
pub(super) const PUBLIC_RELAY: &str = "203.0.113.8";
const PUBLIC6: &str = "2001:db8:7::2";
const CALLER6: &str = "2001:db8:50::50";

/// centre ── router ── world, and centre ── office.
pub(super) struct Map {
    pub(super) centre: Network,
    pub(super) router: Network,
    pub(super) world: Network,
    pub(super) office: Network,
}

pub(super) fn map() -> Result<Map> {
    let (centre, router) = (Network::new("centre")?, Network::new("router")?);
    let (world, office) = (Network::new("world")?, Network::new("office")?);
    let here = [&["10.99.0.1/24", "2001:db8:7::1/64"][..], &["10.99.0.2/24", "2001:db8:7::2/64"]];
    router.join(&centre, "dmz", here)?;
    let there = [&["198.51.100.1/24", "2001:db8:50::1/64"][..], &["198.51.100.50/24", "2001:db8:50::50/64"]];
    router.join(&world, "wan", there)?;
    centre.join(&office, "lan", [&["10.98.0.2/24"], &["10.98.0.5/24"]])?;
    centre.ip("route add default via 10.99.0.1")?;
    centre.ip("-6 route add default via 2001:db8:7::1")?;
    world.ip("route add default via 198.51.100.1")?;
    world.ip("-6 route add default via 2001:db8:50::1")?;
    router.run("sysctl", "-qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")?;
    // 1:1, as clouds do it: the centre itself has never heard of its public address.
    router.filter(&format!(
        "table ip nat {{\n\
         chain pre {{ type nat hook prerouting priority -100; ip daddr {PUBLIC} dnat to {INSIDE}; }}\n\
         chain post {{ type nat hook postrouting priority 100; ip saddr {INSIDE} snat to {PUBLIC}; }}\n}}\n"
    ))?;
    Ok(Map { centre, router, world, office })
}

/// A centre with an interface for each, where whoever is in the world or in the office may call.
async fn centre(map: &Map) -> Result<(Centre, Login)> {
    let _inside = map.centre.enter()?;
    let config = format!(
        "[https]\nlisten = [\"{INSIDE}:8443\", \"[{PUBLIC6}]:8443\"]\n\
         [[signaling.interface]]\nname = \"world\"\nudp = \"{INSIDE}:5060\"\ntcp = \"{INSIDE}:5060\"\ntls = \"{INSIDE}:5061\"\n\
         advertised = \"{PUBLIC}\"\n\
         [[signaling.interface]]\nname = \"office\"\nudp = \"{OFFICE}:5060\"\n\
         [[signaling.interface]]\nname = \"world6\"\nudp = \"[{PUBLIC6}]:5060\"\ntcp = \"[{PUBLIC6}]:5060\"\ntls = \"[{PUBLIC6}]:5061\"\n"
    );
    let centre = Centre::start_with(&config, &[]).await?;
    let admin = centre.login("admin").await?;
    let wish = json!({ "name": "callers", "networks": [CALLER, OFFICE_PHONE, CALLER6] });
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&wish)).await?;
    ensure!(status == 201, "{status} {reply}");
    Ok((centre, admin))
}

async fn phone(at: &str, server: &str, ladder: &Ladder) -> Result<Phone> {
    let (at, server): (SocketAddr, SocketAddr) = (at.parse()?, server.parse()?);
    Phone::at(at, "caller", "015112345678", server, HZ, ladder).await
}

/// Call the echo test: what the centre says of itself, and sound there and back.
async fn echoes(phone: &mut Phone, host: &str) -> Result<()> {
    phone.invite("1003").await?;
    let answer = phone.answered(SOON).await?;
    let sound = answer.sound_address().context("an address for sound")?;
    assert_eq!(sound.ip(), host.parse::<std::net::IpAddr>()?, "{}", answer.body);
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let contact = answer.get("Contact").context("Contact")?;
    assert!(contact.contains(&format!("{bracketed}:5060")), "{contact}");
    assert!(phone.sound.hears_tone(HZ, SOON).await.is_some(), "no echo at {host}");
    phone.hang_up().await
}

/// Behind 1:1 NAT the world is told the public address, in Contact and for sound; the office the one that it reaches; and
/// IPv6 has no NAT.
///
/// Rows: S16.27, V1, V15
#[tokio::test]
async fn each_network_is_told_the_address_that_it_can_reach() -> Result<()> {
    let map = map()?;
    let (centre, _admin) = centre(&map).await?;
    for (network, from, server, told) in [
        (&map.world, format!("{CALLER}:5062"), format!("{PUBLIC}:5060"), PUBLIC),
        (&map.office, format!("{OFFICE_PHONE}:5062"), format!("{OFFICE}:5060"), OFFICE),
        (&map.world, format!("[{CALLER6}]:5062"), format!("[{PUBLIC6}]:5060"), PUBLIC6),
    ] {
        let ladder = Ladder::default();
        let mut caller = {
            let _there = network.enter()?;
            phone(&from, &server, &ladder).await?
        };
        echoes(&mut caller, told).await.with_context(|| format!("{from} to {server}\n{}", centre.log()))?;
    }
    // The certificate names what the world calls it by.
    let authority = {
        let _inside = map.centre.enter()?;
        centre.authority().await?
    };
    let _there = map.world.enter()?;
    for host in [PUBLIC.to_owned(), format!("[{PUBLIC6}]")] {
        let output = Command::new("curl")
            .args(["-sS", "--max-time", "20", "--cacert"])
            .arg(&authority)
            .arg(format!("https://{host}:8443/readyz"))
            .output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(said, "ready", "{host}");
    }
    // Plain HTTP is nowhere but on loopback.
    let plain =
        Command::new("curl").args(["-s", "--max-time", "5"]).arg(format!("http://{PUBLIC}:8080/readyz")).output()?;
    assert!(!plain.status.success());
    Ok(())
}

/// The centre calls out over each of its interfaces: what it says of itself is true there, and the sound goes both ways.
///
/// Rows: S16.27, V14, V15
#[tokio::test]
async fn calls_to_the_outside_say_the_address_of_their_own_network() -> Result<()> {
    const OWN: f32 = 620.0;
    let map = map()?;
    let (centre, admin) = centre(&map).await?;
    let ladder = Ladder::default();
    let mut agent = {
        let _there = map.office.enter()?;
        let (at, server) = (format!("{OFFICE_PHONE}:5064"), format!("{OFFICE}:5060"));
        Phone::at(at.parse()?, "agent", "2001", server.parse()?, OWN, &ladder).await?
    };
    agent.register(PASSWORD, 300).await?;
    let _inside = map.centre.enter()?;
    let login = centre.login("agent1").await?;
    let (status, reply) =
        centre.api(&login, "PUT", "presence", Some(&json!({ "state": "not_ready", "reason": "lunch" }))).await?;
    ensure!(status == 200, "{reply}");
    for (interface, network, at, server, told) in [
        (0, &map.world, format!("{CALLER}:5066"), format!("{PUBLIC}:5060"), PUBLIC.to_owned()),
        (1, &map.office, format!("{OFFICE_PHONE}:5066"), format!("{OFFICE}:5060"), OFFICE.to_owned()),
        (2, &map.world, format!("[{CALLER6}]:5066"), format!("[{PUBLIC6}]:5060"), format!("[{PUBLIC6}]")),
    ] {
        let mut outside = {
            let _there = network.enter()?;
            phone(&at, &server, &ladder).await?
        };
        let place: SocketAddr = at.parse()?;
        let wish = json!({ "name": "operator", "networks": [], "settings": {
            "host": place.ip().to_string(), "port": place.port(), "transport": "udp", "interface": interface, "options": "off",
        }});
        let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&wish)).await?;
        ensure!(status == 201, "{status} {reply}");
        let to = json!({ "to": { "number": "13800138000" } });
        let (status, reply) = centre.api(&login, "POST", "calls", Some(&to)).await?;
        ensure!(status == 202, "{reply}\n{}", centre.log());
        let ours = agent.rings(SOON).await?;
        ensure!(ours.get("Contact").is_some_and(|contact| contact.contains(OFFICE)), "the agent is in the office");
        agent.pick_up().await?;
        let invite = outside.rings(SOON).await.with_context(|| format!("{told}\n{}", centre.log()))?;
        for field in ["Via", "Contact"] {
            let said = invite.get(field).context(field)?;
            ensure!(said.contains(&format!("{told}:5060")), "{field}: {said}");
        }
        ensure!(!invite.body.contains(INSIDE), "nobody there knows {INSIDE}: {}", invite.body);
        let sound = invite.sound_address().context("an address for sound")?;
        assert_eq!(sound.ip(), told.trim_matches(['[', ']']).parse::<std::net::IpAddr>()?, "{}", invite.body);
        outside.pick_up().await?;
        hear_each_other(&mut [(&mut agent, OWN), (&mut outside, HZ)]).await;
        outside.hang_up().await?;
        agent.hung_up(SOON).await?;
        let (status, reply) =
            centre.api(&login, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?;
        ensure!(status == 200, "{reply}");
        centre.figure_until("calls_open", SOON, |n| n == 0).await?;
        ensure!(centre.api(&admin, "DELETE", "trunks/operator", None).await?.0 == 204);
    }
    Ok(())
}

/// Where no UDP gets through, a telephone registers and calls over TLS, and over TCP.
///
/// Rows: S16.27, S12.1, V1
#[tokio::test]
async fn where_udp_is_blocked_telephones_call_over_tls_and_tcp() -> Result<()> {
    let map = map()?;
    let (centre, _admin) = centre(&map).await?;
    let wall = "chain f { type filter hook forward priority 0; meta l4proto udp drop; }";
    map.router.filter(&format!("table inet wall {{\n{wall}\n}}\n"))?;
    // Nobody hears a telephone that speaks UDP.
    let ladder = Ladder::default();
    let mut deaf = {
        let _there = map.world.enter()?;
        phone(&format!("{CALLER}:5062"), &format!("{PUBLIC}:5060"), &ladder).await?
    };
    deaf.invite("1003").await?;
    assert!(deaf.answered(Duration::from_secs(3)).await.is_err(), "UDP is blocked");
    let mut stay = Vec::new(); // who goes takes the registration over its connection along
    for (registered, transport, port, user, own) in [(1, "tls", 5061, "2001", 5070), (2, "tcp", 5060, "2002", 5080)] {
        let account = Account {
            user,
            server: format!("{PUBLIC}:{port}").parse()?,
            password: Some(PASSWORD),
            transport,
            speaks_hz: HZ,
        };
        let mut telephone = {
            let _there = map.world.enter()?;
            Baresip::start_at(&account, format!("{CALLER}:{own}").parse()?).await?
        };
        {
            let _inside = map.centre.enter()?;
            centre.figure_until("signaling_registrations", SOON, |n| n == registered).await?;
        }
        telephone.dial(&format!("sip:1003@{PUBLIC}:{port};transport={transport}")).await?;
        telephone.event("CALL_ESTABLISHED", SOON).await.with_context(|| format!("{transport}\n{}", centre.log()))?;
        telephone.command("hangup", "").await?;
        let _inside = map.centre.enter()?;
        centre.figure_until("calls_open", SOON, |n| n == 0).await?;
        stay.push(telephone);
    }
    Ok(())
}

/// A relay over TLS beside the centre, and a firewall before the world that lets nothing through but TCP to port 443.
pub(super) async fn only_port_443(map: &Map, folder: &TempDir) -> Result<(Process, Network)> {
    let place = Network::new("relay")?;
    map.router.join(&place, "rel", [&["10.97.0.1/24"], &["10.97.0.2/24"]])?;
    place.ip("route add default via 10.97.0.1")?;
    map.router.filter(&format!(
        "table ip relay {{\n\
         chain pre {{ type nat hook prerouting priority -101; ip daddr {PUBLIC_RELAY} dnat to {RELAY}; }}\n}}\n\
         table inet wall {{\n\
         chain f {{ type filter hook forward priority 0;\n\
         iifname \"wan\" tcp dport != 443 drop; iifname \"wan\" meta l4proto != tcp drop;\n\
         oifname \"wan\" ct state new drop; }}\n}}\n"
    ))?;
    let relay = {
        let _there = place.enter()?;
        coturn_over_tls(folder, format!("{RELAY}:443").parse()?, PUBLIC_RELAY, "what-both-know").await?
    };
    Ok((relay, place))
}

/// Where a firewall lets nothing out but TCP to port 443, a browser calls: WSS to the centre, and its sound through a relay over TLS, which
/// it finds by itself.
///
/// Rows: S16.27, V2
#[tokio::test]
async fn where_only_port_443_is_open_a_browser_calls_through_a_relay_over_tls() -> Result<()> {
    let map = map()?;
    let folder = tempfile::tempdir()?;
    let _relay = only_port_443(&map, &folder).await?;
    let mut browser = {
        let _there = map.world.enter()?;
        Browser::start("chromium").await?
    };
    let home = browser.call("home", json!([])).await?;
    let (centre, turn) = {
        let _inside = map.centre.enter()?;
        let config = format!(
            "[https]\nlisten = [\"{INSIDE}:443\"]\norigins = [{home}]\n\
             [turn]\nurls = [\"turns:{PUBLIC_RELAY}:443?transport=tcp\"]\nsecret = \"what-both-know\"\n\
             [[signaling.interface]]\nname = \"world\"\nudp = \"{INSIDE}:5060\"\nadvertised = \"{PUBLIC}\"\n\
             [[signaling.interface]]\nname = \"office\"\nudp = \"{OFFICE}:5060\"\n"
        );
        let centre = Centre::start_with(&config, &[]).await?;
        let admin = centre.login("admin").await?;
        let wish = json!({ "name": "callers", "networks": [OFFICE_PHONE] });
        ensure!(centre.api(&admin, "POST", "trunks", Some(&wish)).await?.0 == 201);
        let login = centre.agent_ready("agent1").await?;
        let (status, turn) = centre.api(&login, "GET", "turn_credentials", None).await?;
        ensure!(status == 200, "{turn}");
        (centre, turn)
    };
    let relay = json!({
        "urls": turn["urls"], "username": turn["username"], "credential": turn["credential"], "policy": "all",
    });
    let url = format!("wss://{PUBLIC}:443/sip");
    browser.call("register", json!([url, "sip:2001@ringdesk", PASSWORD, 620.0, { "turn": relay }])).await?;
    let known = browser.until("it is registered", "phone", |phone| phone["registered"] == true).await;
    known.with_context(|| centre.log())?;
    let ladder = Ladder::default();
    let mut caller = {
        let _there = map.office.enter()?;
        phone(&format!("{OFFICE_PHONE}:5062"), &format!("{OFFICE}:5060"), &ladder).await?
    };
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    browser.phone_is("ringing").await.with_context(|| centre.log())?;
    browser.call("pickUp", json!([])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    browser.hears_tone(HZ.into()).await.with_context(|| centre.log())?;
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the browser");
    let way = browser.until("it knows its way", "way", |way| way.is_object()).await?;
    assert_eq!((&way["kind"], &way["relay"]), (&json!("relay"), &json!("tls")), "{way}");
    browser.call("hangUp", json!([])).await?;
    caller.hung_up(SOON).await?;
    Ok(())
}
