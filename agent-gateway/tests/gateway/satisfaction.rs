//! How contacts rate what was done for them: in the chat, by a link, with a key of their telephone; and who reads it.

use super::widget::{Tab, token};
use super::world::{Login, World};
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{Clock as _, ConversationId, Ids, Pii};
use ringdesk_operations::{CallRecord, Opening};
use ringdesk_storage::journal::{Set, TextJoined};
use serde_json::{Value, json};

/// An inbox that asks: of web sites, or of the API channel where `site` is null.
async fn inbox(world: &World, admin: &Login, name: &str, site: Value, survey: Value) -> String {
    let body = json!({ "name": name, "queue": world.queues["support"], "site": site, "survey": survey });
    let made = world.api(admin, "POST", "text_inboxes", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// The first agent has a text in hand.
pub(crate) async fn take(world: &World, conversation: &str, seed: u64) {
    let (now, mut ids) = (world.clock.now(), Ids::seeded(seed));
    let conversation: ConversationId = conversation.parse().unwrap();
    let agent = world.login("agent1").await.agent.unwrap();
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let queue = world.queues["support"];
    let joined = TextJoined { offer: ids.next(now), conversation, agent, queue, at: now };
    ringdesk_operations::texts::joined(&mut set, &mut ids, joined).unwrap();
    world.operations.write_journal(&set).await.unwrap();
}

async fn close(world: &World, who: &Login, conversation: &str) {
    let path = format!("conversations/{conversation}/close");
    assert_eq!(world.api(who, "POST", &path, Value::Null).await.status, 204);
}

async fn rated(world: &World, who: &Login, conversation: &str) -> Value {
    world.get(who, &format!("conversations/{conversation}/satisfaction")).await["satisfaction"].clone()
}

/// Asked once it is over, in the card of the chat; answered, said otherwise, and read by those who may read the conversation.
///
/// Rows: S11.11, S11.12, S11.13
#[tokio::test]
async fn a_visitor_rates_what_was_done_for_them() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let site = json!({ "allowed": ["https://shop.example"] });
    let survey = json!({ "aspects": ["speed", "effect"], "words": true, "question": { "en": "Was it good?" } });
    let shop = inbox(&world, &admin, "Shop", site, survey.clone()).await;
    let shown = world.get(&admin, "text_inboxes").await;
    let shown = shown.as_array().unwrap().iter().find(|one| one["id"] == *shop).unwrap().clone();
    assert_eq!(shown["survey"]["question"], survey["question"], "{shown}");

    let mine = token(&world, &shop).await;
    let (mut tab, _) = Tab::of(&world, &shop, &mine).await;
    tab.say(json!({ "t": "rate", "stars": 5 })).await;
    assert_eq!(tab.next("refused").await["reason"], "rate_over", "there is nothing to rate");
    tab.write("a", "do they keep warm?").await;
    let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    assert_eq!(rated(&world, &admin, &conversation).await, Value::Null);
    take(&world, &conversation, 1).await;
    close(&world, &anna, &conversation).await;
    let asked = tab.next("survey").await;
    assert_eq!((&asked["conversation"], &asked["given"]), (&json!(conversation), &Value::Null));
    assert_eq!((&asked["aspects"], &asked["words"]), (&survey["aspects"], &json!(true)));
    assert_eq!(asked["question"], survey["question"]);
    assert_eq!(rated(&world, &anna, &conversation).await["stars"], Value::Null, "asked, and nothing said");

    for nonsense in [json!({ "stars": 0 }), json!({ "stars": 6 }), json!({ "stars": 3, "aspects": { "price": 1 } })] {
        let mut frame = nonsense.clone();
        frame["t"] = json!("rate");
        tab.say(frame).await;
        assert_eq!(tab.next("refused").await["reason"], "rate", "{nonsense}");
    }
    let words = "slow, call me at 015112345678";
    tab.say(json!({ "t": "rate", "stars": 2, "aspects": { "speed": 1 }, "words": words })).await;
    let kept = tab.next("survey").await;
    assert_eq!(kept["given"], json!({ "stars": 2, "aspects": { "speed": 1 }, "words": words }));

    // Another page of theirs shows it, and changes it.
    let (mut other, welcome) = Tab::of(&world, &shop, &mine).await;
    assert_eq!(welcome["closed"], true);
    assert_eq!(other.next("survey").await["given"]["stars"], 2);
    other.say(json!({ "t": "rate", "stars": 4, "words": words })).await;
    assert_eq!(tab.next("survey").await["given"]["stars"], 4, "the first one hears of it");

    let agent = anna.agent.unwrap().to_string();
    let row = rated(&world, &anna, &conversation).await;
    assert_eq!((&row["stars"], &row["agent"], &row["channel"]), (&json!(4), &json!(agent), &json!("web_chat")));
    assert_eq!(row["aspects"], json!({}), "said anew as a whole");
    assert!(!row["words"].as_str().unwrap().contains("112345"), "numbers are for those with the right: {row}");
    assert_eq!(rated(&world, &admin, &conversation).await["words"], words);
    let lines = world.get(&anna, &format!("conversations/{conversation}/messages")).await;
    let said: Vec<Value> = lines.as_array().unwrap().iter().filter_map(event).collect();
    let of = |name: &str| said.iter().filter(|one| one["text"] == name).map(|one| one["detail"].clone()).collect();
    let rated_lines: Vec<Value> = of("survey.rated");
    assert_eq!(rated_lines, [json!("2"), json!("4")]);
    let invited: Vec<Value> = of("survey.invited");
    assert_eq!(invited.len(), 1);

    // It goes on, and ends again: nobody is asked twice.
    tab.write("b", "one more thing").await;
    tab.next("ack").await;
    take(&world, &conversation, 2).await;
    close(&world, &anna, &conversation).await;
    assert_eq!(rated(&world, &admin, &conversation).await["stars"], 4);
    let lines = world.get(&anna, &format!("conversations/{conversation}/messages")).await;
    let invited = lines.as_array().unwrap().iter().filter_map(event).filter(|one| one["text"] == "survey.invited");
    assert_eq!(invited.count(), 1);

    // The figures, the list, and the agent's own day.
    let now = world.clock.now().as_millis() + 60_000;
    let leader = world.login("supervisor").await;
    for (metric, value) in
        [("satisfaction", 4.0), ("satisfied", 100.0), ("survey_response", 100.0), ("low_ratings", 0.0)]
    {
        let report = world.get(&leader, &format!("reports/{metric}?from={}&to={now}&by=agent", now - 86_400_000)).await;
        assert_eq!(report["total"]["value"], value, "{metric}: {report}");
    }
    let list = world.get(&leader, "satisfaction").await;
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(world.get(&leader, "satisfaction?most=2").await, json!([]));
    let day = world.get(&anna, &format!("my_day?from={}&to={now}", now - 86_400_000)).await;
    let own = day.as_array().unwrap().iter().find(|one| one["metric"] == "satisfaction").unwrap().clone();
    assert_eq!((&own["value"], &own["unit"]), (&json!(4.0), &json!("stars")));
}

fn event(line: &Value) -> Option<Value> {
    serde_json::from_str::<Value>(line["text"].as_str()?).ok().filter(|event| event["text"].is_string())
}

/// Whom nobody has served, and who is kept out, is not asked; nor anybody where the inbox asks nothing.
///
/// Rows: S11.11
#[tokio::test]
async fn who_was_not_served_is_not_asked() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let site = json!({ "allowed": ["*"] });
    let asks = inbox(&world, &admin, "Asks", site.clone(), json!({})).await;
    let silent = inbox(&world, &admin, "Silent", site, Value::Null).await;
    for (n, (inbox, served, blocked)) in
        [(&asks, false, false), (&silent, true, false), (&asks, true, true), (&asks, true, false)]
            .into_iter()
            .enumerate()
    {
        let (mut tab, _) = Tab::of(&world, inbox, &token(&world, inbox).await).await;
        tab.write("a", "hello").await;
        let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
        if served {
            take(&world, &conversation, 10 + n as u64).await;
        }
        if blocked {
            let of = world.get(&admin, &format!("conversations/{conversation}")).await;
            let path = format!("contacts/{}/block", of["contact"].as_str().unwrap());
            assert_eq!(world.api(&admin, "POST", &path, json!({ "reason": "abuse" })).await.status, 201);
        }
        close(&world, if served { &anna } else { &admin }, &conversation).await;
        let row = rated(&world, &admin, &conversation).await;
        let expected = inbox == &asks && served && !blocked;
        assert_eq!(row.is_object(), expected, "served: {served}, blocked: {blocked}: {row}");
    }
}

/// A contact of the API channel gets a link in a text, which is worth one answer and no login.
///
/// Rows: S11.11, S11.13
#[tokio::test]
async fn a_link_is_worth_one_answer() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let queue = world.queues["support"];
    let nowhere = json!({ "name": "Bridge", "queue": queue, "survey": {} });
    assert_eq!(world.api(&admin, "POST", "text_inboxes", nowhere).await.status, 422, "a link needs an address");
    let survey = json!({ "aspects": ["speed"], "words": true, "address": "https://service.example/" });
    let bridge = inbox(&world, &admin, "Bridge", Value::Null, survey).await;
    let text = ringdesk_operations::texts::InboundText {
        name: "m1".into(),
        address: Pii::new("wx:mei".into()),
        contact_name: None,
        text: Pii::new("hello".into()),
        files: Vec::new(),
        visit: None,
    };
    let now = world.clock.now();
    let inbox = bridge.parse().unwrap();
    let taken = Box::pin(world.operations.receive_text(now, world.account, inbox, &text)).await.unwrap();
    let conversation = taken.conversation.to_string();
    take(&world, &conversation, 21).await;
    close(&world, &anna, &conversation).await;
    let lines = world.get(&anna, &format!("conversations/{conversation}/messages")).await;
    let said: Vec<&str> = lines.as_array().unwrap().iter().filter_map(|line| line["text"].as_str()).collect();
    let link = said.iter().find_map(|text| text.split("https://service.example").nth(1)).expect("a link").trim();

    let page = world.send("GET", link, None, "").await;
    assert_eq!(page.status, 200);
    let head = page.head.to_lowercase();
    assert!(head.contains("text/html") && head.contains("x-frame-options: deny"), "{head}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = async |body: &str| world.send_with("POST", link, &form, body).await.status;
    for body in ["stars=9", "", "words=x", "stars=4&price=1"] {
        assert_eq!(answer(body).await, 200, "the page says what is missing: {body}");
        assert_eq!(rated(&world, &admin, &conversation).await["stars"], Value::Null, "{body}");
    }
    assert_eq!(answer("stars=1&speed=5&words=never+again").await, 200);
    assert_eq!(answer("stars=5&words=").await, 200, "the page says that it is over");
    let row = rated(&world, &admin, &conversation).await;
    assert_eq!((&row["stars"], &row["words"]), (&json!(1), &json!("never again")), "the first one stands");
    assert_eq!(row["aspects"], json!({ "speed": 5 }));
    let mut forged = link.to_owned();
    forged.replace_range(link.len() - 1.., if link.ends_with('0') { "1" } else { "0" });
    for nothing in [forged.as_str(), "/rate/", "/rate/00", "/rate/zz"] {
        assert_eq!(world.send_with("POST", nothing, &form, "stars=5").await.status, 404, "{nothing}");
    }
}

/// A caller who pressed a key after the talk: the row, the line, the event; and nothing of whom nobody had served.
///
/// Rows: S11.11
#[tokio::test]
async fn a_caller_rates_with_a_key() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let agent = world.login("agent1").await.agent.unwrap();
    for (seed, served, stars) in [(31, true, Some(4)), (32, true, None), (33, false, Some(1))] {
        let (mut ids, at) = (Ids::seeded(seed), world.clock.now());
        let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
        let opening = Opening {
            account: world.account,
            call: ids.next(at),
            inbox: None,
            from: Pii::new("+4930123456".into()),
            from_name: None,
            to: Pii::new("1001".into()),
            origin: "trunk:test".into(),
            home: Country::of("DE").unwrap(),
        };
        let mut record = CallRecord::open(&mut set, &mut ids, at, opening).unwrap();
        let conversation = record.conversation().to_string();
        let queue = world.queues["support"];
        let mut facts = vec![CallFact::Answered];
        if served {
            facts.push(CallFact::AgentJoined { offer: ids.next(at), agent, queue: Some(queue) });
            facts.push(CallFact::AgentLeft { agent });
        }
        facts.push(CallFact::Rated { stars });
        facts.push(CallFact::Ended { cause: "normal".into(), by: "flow".into() });
        for fact in &facts {
            record.fact(&mut set, &mut ids, at, fact).unwrap();
        }
        world.operations.write_journal(&set).await.unwrap();
        let row = rated(&world, &admin, &conversation).await;
        assert_eq!(row.is_object(), served, "{row}");
        if served {
            assert_eq!((&row["stars"], &row["channel"]), (&json!(stars), &json!("phone")));
        }
        let lines = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
        let told = lines.as_array().unwrap().iter().filter_map(event).find(|one| one["text"] == "call.rated");
        assert_eq!(told.map(|one| one["detail"].clone()), stars.map(|stars| json!(stars.to_string())));
    }
}
