//! The door under attack: no oracle, no flood that costs much, and nobody kept from their work.

use super::world::{Got, PASSWORD, World};
use futures_util::future::join_all;
use serde_json::json;

const OFFICE: &str = "192.0.2.10";

impl World {
    /// A sign-in from an address, as the proxy in front says.
    pub(crate) async fn login_from(&self, address: &str, login: &str, password: &str) -> Got {
        let body = json!({ "login": login, "password": password }).to_string();
        let kind = format!("application/json\r\nX-Forwarded-For: {address}");
        self.send_as("POST", "/api/v1/auth/login", None, &kind, &body).await
    }

    fn door(&self, name: &str) -> u64 {
        let figures = self.operations.figures();
        figures.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no figure {name}")).1
    }
}

/// Status, body and head of an answer.
type Seen = (u16, String, Vec<String>);

/// Everything a stranger sees of an answer, but for what differs from one request to the next.
fn seen(got: &Got) -> Seen {
    let changes = ["x-request-id", "date"];
    let head = got.head.lines().map(str::to_lowercase).filter(|l| !changes.iter().any(|c| l.starts_with(c)));
    (got.status, got.body.to_string(), head.collect())
}

/// Whoever it is that does not get in: the same answers, for the same work, as often as they try.
///
/// Rows: S12.13
#[tokio::test]
async fn an_unknown_login_a_wrong_password_and_a_disabled_user_look_the_same() {
    let world = World::start().await;
    world.ask_for_no_work().await;
    let admin = world.login("admin").await;
    let users = world.get(&admin, "users").await;
    let disabled = users.as_array().unwrap().iter().find(|u| u["login"] == "reviewer").unwrap()["id"].clone();
    let actor = ringdesk_model::Actor::System;
    let id = disabled.as_str().unwrap().parse().unwrap();
    world.operations.set_disabled(ringdesk_model::Timestamp(0), &actor, world.account, id, true).await.unwrap();
    let long = "x".repeat(10_000);
    let kinds = [("agent1", "guess"), ("nobody-at-all", "guess"), ("reviewer", PASSWORD), (long.as_str(), "guess")];
    let mut answers = Vec::new();
    for (n, (login, password)) in kinds.into_iter().enumerate() {
        // What differs of the answers until they have to wait, and how many there were.
        let (mut of_this, mut tries): (Vec<(Seen, u64)>, i32) = (Vec::new(), 0);
        while of_this.last().is_none_or(|((status, ..), _)| *status != 429) {
            let before = world.door("password_checks_total");
            let got = world.login_from(&format!("198.51.100.{n}"), login, password).await;
            of_this.push((seen(&got), world.door("password_checks_total") - before));
            of_this.dedup();
            tries += 1;
        }
        // The right one has to wait as well.
        let refused = world.login_from(&format!("198.51.100.{n}"), login, PASSWORD).await;
        assert_eq!((refused.status, refused.problem()), (429, "too-many-attempts"));
        assert!(refused.head.to_lowercase().contains("retry-after: 1"), "{}", refused.head);
        assert!((6..9).contains(&tries), "{login} waits after {tries} tries");
        answers.push(of_this);
    }
    let work: Vec<_> = answers[0].iter().map(|((status, ..), work)| (*status, *work)).collect();
    assert_eq!(work, [(401, 1), (429, 0)]);
    for other in &answers[1..] {
        assert_eq!(other, &answers[0]);
    }
    // The right one, of somebody who may: as much work.
    let before = world.door("password_checks_total");
    assert_eq!(world.login_from(OFFICE, "Agent1 ", PASSWORD).await.status, 200, "case and blanks do not matter");
    assert_eq!(world.door("password_checks_total") - before, 1);
}

/// What the doctor shows at the machine, for the technician elsewhere.
///
/// Rows: S12.1
#[tokio::test]
async fn a_technician_sees_who_is_limited_at_the_sip_side() {
    let world = World::start().await;
    let tessa = world.login("tessa").await;
    let seen = world.get(&tessa, "limits").await;
    let expected = json!([{
        "limit": "guessing", "address": "198.51.100.7", "extension": "2001", "since": 10_000, "until": 130_000,
        "refused": 7, "known": false,
    }]);
    assert_eq!(seen, expected);
}

/// Tries that come at the same moment are counted before the first has ended.
///
/// Rows: S12.13
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tries_at_once_are_five() {
    let world = World::start().await;
    world.ask_for_no_work().await;
    let got = join_all((0..100).map(|_| world.login_from("198.51.100.7", "agent1", "guess"))).await;
    let wrong = got.iter().filter(|g| g.status == 401).count();
    // A few more on a machine so slow that their wait is over meanwhile.
    assert!((5..=8).contains(&wrong), "{wrong}");
    assert_eq!(got.iter().filter(|g| g.status == 429).count(), 100 - wrong);
    assert_eq!(world.door("password_checks_total"), wrong as u64);
}

/// Ten thousand names from one address, and then many addresses on one name: little work, bounded memory, and the owner
/// gets in from where they work all along.
///
/// Rows: S12.13
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_guesses_keeps_nobody_from_their_work() {
    let world = World::start().await;
    world.ask_for_no_work().await;
    assert_eq!(world.login_from(OFFICE, "agent1", PASSWORD).await.status, 200);
    let before = world.door("password_checks_total");
    let mut refused = 0;
    for block in 0..100 {
        let tries = (0..100).map(|n| {
            let login = format!("name{}", block * 100 + n);
            let world = &world;
            async move { world.login_from("198.51.100.7", &login, "guess").await }
        });
        let got = join_all(tries).await;
        refused += got.iter().filter(|g| g.status == 429).count();
        assert!(got.iter().all(|g| g.status == 429 || g.status == 401));
        if block % 20 == 0 {
            assert_eq!(world.login_from(OFFICE, "agent1", PASSWORD).await.status, 200, "in block {block}");
        }
    }
    // Fifty, those that were under way by then, and the owner's five.
    let checks = world.door("password_checks_total") - before;
    assert!((50..=50 + 64 + 5).contains(&checks), "{checks} passwords were checked");
    assert!(refused >= 10_000 - 114, "{refused}");
    assert!(world.door("login_counts_kept") < 400, "{}", world.door("login_counts_kept"));

    // One name from everywhere.
    let mut wrong = 0;
    for n in 0..60 {
        let got = world.login_from(&format!("203.0.113.{n}"), "agent1", "guess").await;
        if got.status == 429 {
            break;
        }
        wrong += 1;
    }
    assert!((30..=33).contains(&wrong), "thirty are free, whoever it is: {wrong}");
    let stranger = world.login_from("203.0.113.200", "agent1", PASSWORD).await;
    assert_eq!(stranger.status, 429, "from somewhere new even the owner waits");
    assert_eq!(world.login_from(OFFICE, "agent1", PASSWORD).await.status, 200, "but not where they work");
    assert_eq!(world.login_from("203.0.113.200", "agent2", PASSWORD).await.status, 200, "nor anybody else");
    // A new password: the count of the old one is nobody's any more.
    let admin = world.login("admin").await;
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let path = format!("users/{}/password", id.as_str().unwrap());
    let set = world.api(&admin, "PUT", &path, json!({ "password": PASSWORD })).await;
    assert_eq!(set.status, 204, "{}", set.body);
    assert_eq!(world.login_from("203.0.113.200", "agent1", PASSWORD).await.status, 200);

    // One audit entry for each try, one for each kind of refusal that was news; not ten thousand.
    let entries = world.get(&admin, "audit?limit=500").await;
    let of = |result: &str| entries.as_array().unwrap().iter().filter(|e| e["result"] == result).count();
    assert!(of("too many attempts") >= 1 && of("too many attempts") < 150, "{}", of("too many attempts"));
    assert!(entries.as_array().unwrap().iter().any(|e| e["address"] == "198.51.100.7"));
}
