//! Recordings over HTTP: who hears them, in which pieces, by which links, and what the audit keeps of it.

use super::world::{Login, NUMBER, ROLES, Waiting, World};
use ringdesk_agent_gateway::Archive;
use ringdesk_agent_gateway::archive::{ArchiveFault, Audio, Waveform};
use ringdesk_agent_gateway::orders::{RecordingWish, Reply};
use ringdesk_model::{Actor, Clock as _, ConversationId, RecordingId};
use ringdesk_operations::AudioFormat;
use ringdesk_storage::recordings::{NewRecording, RecordingState, RecordingView, Sealed};
use serde_json::{Value, json};
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than two pieces, and not a whole number of them.
const LENGTH: usize = 150_001;

/// An archive in which every recording sounds the same.
pub(crate) struct Drawer;

struct Sound;

fn sound() -> Vec<u8> {
    (0..LENGTH).map(|n| b"0123456789abcdefghijklmnopqrstuvwxyz"[(n * n / 7) % 36]).collect()
}

impl Audio for Sound {
    fn length(&self) -> u64 {
        LENGTH as u64
    }

    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        Ok(sound().into_iter().skip(usize::try_from(offset).unwrap()).take(length).collect())
    }
}

impl Archive for Drawer {
    fn audio(&self, row: RecordingView, _: AudioFormat) -> Reply<Result<Box<dyn Audio>, ArchiveFault>> {
        Box::pin(async move {
            match row.state {
                RecordingState::Failed => Err(ArchiveFault::Gone("its file is not there")),
                _ => Ok(Box::new(Sound) as Box<dyn Audio>),
            }
        })
    }

    fn peaks(&self, _: RecordingView, most: usize) -> Reply<Result<Waveform, ArchiveFault>> {
        let side = vec![[-1, 1]; most.min(3)];
        Box::pin(async { Ok(Waveform { per_second: 20, spans: 3, left: side.clone(), right: side }) })
    }

    fn verify(&self, row: RecordingView) -> Reply<Result<Value, ArchiveFault>> {
        Box::pin(async move { Ok(json!({ "recording": row.id, "intact": true })) })
    }

    fn certificate(&self, row: RecordingView, to: String) -> Reply<Result<Value, ArchiveFault>> {
        Box::pin(async move { Ok(json!({ "recording": row.id, "issued_to": to })) })
    }

    fn forget(&self, _: RecordingView) -> Reply<Result<(), ArchiveFault>> {
        Box::pin(async { Ok(()) })
    }
}

/// A call that agent1 answered, being recorded.
async fn recorded(world: &World) -> (Login, Waiting, RecordingId) {
    let agent = world.login("agent1").await;
    world.choose(&agent, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    world.answered(&mut waiting, agent.agent.unwrap()).await;
    let now = world.clock.now();
    let new = NewRecording {
        id: world.id(),
        conversation: waiting.conversation,
        call: waiting.call,
        wrapped_key: vec![1],
        started_at: now,
    };
    world.operations.request_recording(now, world.account, &new).await.unwrap();
    (agent, waiting, new.id)
}

async fn stored(world: &World, of: (RecordingId, ConversationId)) {
    let sealed = Sealed {
        ended_at: world.clock.now(),
        duration_ms: 60_000,
        sha256: [0xab; 32],
        chain_head: [2; 32],
        gaps: r#"[{"from_ms":1000,"to_ms":2000,"reason":"mask","side":"both"}]"#.into(),
    };
    assert!(
        world.operations.recording_stored(sealed.ended_at, world.account, of, &sealed, None).await.unwrap().is_some()
    );
}

/// Status, head and bytes.
async fn fetch(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String, Vec<u8>) {
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", world.http);
    let mut stream = TcpStream::connect(world.http).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    let end = reply.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(reply[..end].to_vec()).unwrap().to_ascii_lowercase();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head, reply[end + 4..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

async fn audited(world: &World, action: &str) -> Vec<Value> {
    let entries = world.get(&world.login("admin").await, "audit?limit=500").await;
    entries.as_array().unwrap().iter().filter(|e| e["action"] == action).cloned().collect()
}

fn below(world: &World, path: &str) -> String {
    format!("/api/v1/accounts/{}/{path}", world.account)
}

/// Rows: S4.6
#[tokio::test]
async fn players_get_the_bytes_they_ask_for() {
    let world = World::start().await;
    let (_, waiting, id) = recorded(&world).await;
    stored(&world, (id, waiting.conversation)).await;
    let bearer = format!("Bearer {}", world.login("reviewer").await.token);
    let path = below(&world, &format!("recordings/{id}/audio"));
    let get = async |path: &str, more: &[(&str, &str)]| {
        let mut headers = vec![("Authorization", bearer.as_str())];
        headers.extend(more);
        fetch(&world, "GET", path, &headers).await
    };
    let (status, head, body) = get(&path, &[]).await;
    assert_eq!((status, body.len(), header(&head, "content-type")), (200, LENGTH, Some("audio/ogg")));
    assert!(body == sound(), "piece by piece the same");
    assert_eq!(header(&head, "accept-ranges"), Some("bytes"));
    assert_eq!(header(&head, "cache-control"), Some("private, no-store"));
    let tag = header(&head, "etag").unwrap().to_owned();
    assert!(tag.contains("abababab") && tag.ends_with("-ogg\""), "{tag}");

    for (range, first, last) in [
        ("bytes=0-", 0, LENGTH - 1),
        ("bytes=10-19", 10, 19),
        ("bytes=65530-131080", 65_530, 131_080),
        ("bytes=-7", LENGTH - 7, LENGTH - 1),
        ("bytes=150000-999999", 150_000, 150_000),
    ] {
        let (status, head, body) = get(&path, &[("Range", range), ("If-Range", &tag)]).await;
        assert_eq!(status, 206, "{range}");
        assert_eq!(header(&head, "content-range"), Some(format!("bytes {first}-{last}/{LENGTH}").as_str()));
        assert!(body == sound()[first..=last], "{range}: {} bytes", body.len());
    }
    let (status, head, body) = get(&path, &[("Range", "bytes=150001-")]).await;
    assert_eq!((status, header(&head, "content-range")), (416, Some(format!("bytes */{LENGTH}").as_str())));
    assert!(String::from_utf8(body).unwrap().contains("beyond-the-end"));
    // Of another version, or not understood: all of it.
    for more in [[("Range", "bytes=1-2"), ("If-Range", "\"old\"")], [("Range", "bytes=1-2,5-6"), ("Accept", "*/*")]] {
        assert_eq!(get(&path, &more).await.2.len(), LENGTH, "{more:?}");
    }
    let (status, _, body) = get(&path, &[("If-None-Match", &tag)]).await;
    assert_eq!((status, body.len()), (304, 0));
    let (_, head, body) = fetch(&world, "HEAD", &path, &[("Authorization", &bearer)]).await;
    assert_eq!((header(&head, "content-length"), body.len()), (Some(LENGTH.to_string().as_str()), 0));
    let wav = get(&format!("{path}?format=wav"), &[]).await.1;
    assert_eq!(header(&wav, "content-type"), Some("audio/wav"));
    assert_ne!(header(&wav, "etag"), Some(tag.as_str()), "another file");
    assert_eq!(get(&format!("{path}?format=mp3"), &[]).await.0, 422);
}

/// Rows: S4.6, S4.8, S12.10
#[tokio::test]
async fn whoever_may_hears_it_and_every_opening_is_in_the_audit() {
    let world = World::start().await;
    let (_, waiting, id) = recorded(&world).await;
    let parts = ["audio", "audio?format=wav", "peaks?spans=2", "verify", "certificate"];
    let reviewer = world.login("reviewer").await;
    for part in parts {
        let got = world.api(&reviewer, "GET", &format!("recordings/{id}/{part}"), Value::Null).await;
        assert_eq!((got.status, got.problem()), (409, "refused"), "{part} of a call that still runs");
    }
    stored(&world, (id, waiting.conversation)).await;
    for (role, login) in ROLES {
        let who = world.login(login).await;
        let may = ["leader", "manager", "reviewer"].contains(&role);
        for part in parts {
            let got = world.api(&who, "GET", &format!("recordings/{id}/{part}"), Value::Null).await;
            assert_eq!(got.status, if may { 200 } else { 403 }, "{role} {part}");
        }
        let nobodys: RecordingId = world.id();
        let got = world.api(&who, "GET", &format!("recordings/{nobodys}/audio"), Value::Null).await;
        assert_eq!(got.status, if may { 404 } else { 403 }, "{role}");
    }
    for action in ["recording.play", "recording.export", "recording.peaks", "recording.verify", "recording.certificate"]
    {
        let entries = audited(&world, action).await;
        // Once too early, then by the three who may.
        assert_eq!(entries.len(), 4, "{action}");
        assert!(entries.iter().all(|e| e["object"] == format!("recording:{id}")), "{entries:?}");
    }
    let paper = world.get(&reviewer, &format!("recordings/{id}/certificate")).await;
    assert!(paper["issued_to"].as_str().unwrap().starts_with("user:"));
    assert_eq!(
        world.get(&reviewer, &format!("recordings/{id}/peaks?spans=2")).await["left"],
        json!([[-1, 1], [-1, 1]])
    );
    let admin = world.login("admin").await;
    let scope = ringdesk_model::Scope {
        account: world.account,
        user: ringdesk_model::UserId(uuid::Uuid::nil()),
        agent: None,
        everyone: true,
        unmasked: true,
    };
    world.operations.erase_recording(world.clock.now(), &Actor::System, &scope, id, "asked for").await.unwrap();
    assert_eq!(world.api(&admin, "GET", &format!("recordings/{id}/audio"), Value::Null).await.status, 410);
}

/// Rows: S4.6
#[tokio::test]
async fn a_conversation_shows_its_recordings_with_their_gaps() {
    let world = World::start().await;
    let (agent, waiting, id) = recorded(&world).await;
    let path = format!("conversations/{}", waiting.conversation);
    let shown = world.get(&agent, &path).await["recordings"][0].clone();
    assert_eq!((&shown["id"], &shown["state"], &shown["sha256"]), (&json!(id), &json!("requested"), &Value::Null));
    stored(&world, (id, waiting.conversation)).await;
    let shown = world.get(&agent, &path).await["recordings"][0].clone();
    assert_eq!((&shown["state"], &shown["duration_ms"]), (&json!("stored"), &json!(60_000)));
    assert_eq!(shown["sha256"], "ab".repeat(32));
    assert_eq!(shown["gaps"], json!([{ "from_ms": 1_000, "to_ms": 2_000, "reason": "mask", "side": "both" }]));
    assert_eq!(world.get(&agent, "conversations").await[0]["recordings"][0], shown);
}

/// Rows: S4.6, S12.10
#[tokio::test]
async fn a_link_is_heard_without_a_login_until_it_ends() {
    let world = World::start().await;
    let (_, waiting, id) = recorded(&world).await;
    stored(&world, (id, waiting.conversation)).await;
    let reviewer = world.login("reviewer").await;
    let path = format!("recordings/{id}/link");
    for seconds in [0, 604_801] {
        assert_eq!(world.api(&reviewer, "POST", &path, json!({ "seconds": seconds })).await.status, 422);
    }
    let got = world.api(&reviewer, "POST", &path, json!({ "seconds": 600, "format": "wav" })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let url = got.body["url"].as_str().unwrap().to_owned();
    let left = got.body["expires_at"].as_i64().unwrap() - world.clock.now().as_millis();
    assert!((590_000..=600_000).contains(&left), "{left}");
    let (status, head, body) = fetch(&world, "GET", &url, &[("Range", "bytes=5-9")]).await;
    assert_eq!((status, header(&head, "content-type"), body), (206, Some("audio/wav"), sound()[5..10].to_vec()));

    // One digit changed anywhere: nothing is there.
    let digits = url.rsplit('/').next().unwrap().len();
    for at in (0..digits).step_by(7) {
        let mut forged = url.clone().into_bytes();
        let place = forged.len() - 1 - at;
        forged[place] = if forged[place] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(fetch(&world, "GET", &forged, &[]).await.0, 404, "digit {at} from the end");
    }
    for nonsense in ["x", "%00", &"f".repeat(178), &"0".repeat(10_000)] {
        assert_eq!(fetch(&world, "GET", &format!("/api/v1/recordings/{nonsense}"), &[]).await.0, 404);
    }

    // One that was made two hours ago for an hour.
    let signed_in = world.operations.signed_in(world.clock.now(), &reviewer.token, None).await.unwrap().unwrap();
    let (hour, before) = (Duration::from_secs(3_600), world.clock.now() - Duration::from_secs(7_200));
    let (old, _) = world
        .operations
        .make_recording_link(before, &signed_in.actor, &signed_in.scope, id, AudioFormat::Ogg, hour)
        .await
        .unwrap();
    assert_eq!(fetch(&world, "GET", &format!("/api/v1/recordings/{old}"), &[]).await.0, 410);

    let used = audited(&world, "recording.play_by_link").await;
    assert_eq!((used.len(), &used[0]["address"]), (1, &json!("127.0.0.1")), "{used:?}");
    assert_eq!(used[0]["actor"], format!("user:{}", signed_in.user.id));
    assert_eq!(audited(&world, "recording.link").await.len(), 2);

    // Whoever lost the right lost the links, too.
    let admin = world.login("admin").await;
    let roles = format!("users/{}/roles", signed_in.user.id);
    assert_eq!(world.api(&admin, "PUT", &roles, json!({ "roles": ["agent"] })).await.status, 204);
    assert_eq!(fetch(&world, "GET", &url, &[]).await.0, 410);
}

/// Rows: S4.6, S12.6
#[tokio::test]
async fn a_running_recording_is_ordered_by_who_talks_or_by_a_leader() {
    let world = World::start().await;
    let (agent, waiting, _) = recorded(&world).await;
    let order = async |who: &Login, action: &str| {
        let path = format!("calls/{}/recording", waiting.call);
        world.api(who, "POST", &path, json!({ "action": action })).await.status
    };
    for action in ["mask", "unmask", "pause", "start"] {
        assert_eq!(order(&agent, action).await, 204, "{action}");
    }
    assert_eq!(order(&agent, "rewind").await, 422);
    assert_eq!(order(&world.login("agent2").await, "stop").await, 404, "not a call of theirs");
    assert_eq!(order(&world.login("supervisor").await, "stop").await, 204);
    let wishes: Vec<RecordingWish> = world.desk.wishes.lock().unwrap().iter().map(|(_, wish)| *wish).collect();
    use RecordingWish::{Mask, Pause, Start, Stop, Unmask};
    assert_eq!(wishes, [Mask, Unmask, Pause, Start, Stop]);
    assert_eq!(audited(&world, "recording.mask").await[0]["object"], format!("call:{}", waiting.call));
    assert_eq!(audited(&world, "recording.stop").await.len(), 1);
    world.desk.calls.lock().unwrap().clear();
    assert_eq!(order(&agent, "mask").await, 409, "it is over");
}

/// Rows: S4.6
#[tokio::test]
async fn an_inbox_says_when_its_calls_are_recorded() {
    let world = World::start().await;
    let manager = world.login("admin").await;
    let inbox = world.get(&manager, "inboxes").await[0].clone();
    assert_eq!(inbox["recording"], Value::Null, "as the house does");
    let path = format!("inboxes/{}/recording", inbox["id"].as_str().unwrap());
    let before = world.desk.rows_changed.load(Ordering::Relaxed);
    let rule = json!({ "start": "on_bridge", "policy": "record_or_refuse" });
    assert_eq!(world.api(&manager, "PUT", &path, rule.clone()).await.status, 204);
    assert_eq!(world.get(&manager, "inboxes").await[0]["recording"], rule);
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), before + 1);
    assert_eq!(world.api(&manager, "PUT", &path, json!({ "start": "sometimes" })).await.status, 422);
    assert_eq!(world.api(&manager, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.get(&manager, "inboxes").await[0]["recording"], Value::Null);
    let changes = audited(&world, "inbox.recording").await;
    assert_eq!((changes.len(), &changes[0]["after"]), (2, &Value::Null));
}
