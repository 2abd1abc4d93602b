//! How fast lines are found, on both databases.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures, and prints what it measured")]

use crate::search::said;
use crate::world::{START, Waiting, World};
use ringdesk_language::search::Query;
use ringdesk_storage::Tx;
use ringdesk_storage::search::{self, Filter};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_hundred_thousand_lines
}

/// Figures for the record: `RINGDESK_SEARCH_LINES=100000 cargo test -p ringdesk-storage --test store -- thousand_lines --nocapture --test-threads 1`.
/// Without it, a small one, for the sense of it: whatever the size, the newest fifty come within the bound.
async fn a_hundred_thousand_lines(world: World) {
    let count: usize = std::env::var("RINGDESK_SEARCH_LINES").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let mut corpus = Corpus(42);
    let mut set = world.set();
    let calls: Vec<Waiting> = (0..count / 40 + 1).map(|_| world.call_in(&mut set, START, "+49301234567")).collect();
    for call in calls.iter().step_by(50) {
        world.joined(&mut set, call, world.agents[0], START);
    }
    world.commit(&set).await;
    let started = Instant::now();
    let (mut written, mut asked) = (0, Vec::new());
    while written < count {
        let mut set = world.set();
        for _ in 0..200 {
            let at = START + Duration::from_millis(written as u64 * 700);
            let text = corpus.line();
            if written.is_multiple_of(count / 40) {
                asked.push(Corpus::part(&text));
            }
            let speaker = if written.is_multiple_of(2) { "contact" } else { "agent" };
            said(&world, &mut set, &calls[written / 40], at, speaker, &text);
            written += 1;
        }
        world.commit(&set).await;
    }
    let writing = started.elapsed();
    let mut tx = world.write().await;
    if let Tx::Postgres(t) = &mut tx {
        sqlx::raw_sql("ANALYZE").execute(&mut **t).await.unwrap();
    }
    tx.commit().await.unwrap();
    println!("{}: {:.0} lines/s", place(&world), written as f64 / writing.as_secs_f64());
    asked.extend(["退款", "您好", "谢谢", "refund", "please", "的", "退款 账户", "\"thank you\""].map(String::from));
    let filters = [
        ("newest 50", Filter::default(), world.everyone()),
        ("of a speaker", Filter { speaker: Some("agent".into()), ..Filter::default() }, world.everyone()),
        ("of an agent", Filter { agent: Some(world.agents[0]), ..Filter::default() }, world.everyone()),
        ("one's own", Filter::default(), world.own(world.agents[0])),
        ("of a time", Filter { to: Some(START + Duration::from_secs(60)), ..Filter::default() }, world.everyone()),
    ];
    for (name, filter, scope) in filters {
        let mut times = Vec::new();
        for question in &asked {
            let started = Instant::now();
            let query = Query::parse(question).unwrap();
            let mut tx = world.read().await;
            let lines =
                search::candidates(&mut tx, &world.key, &scope, &query.tokens(), &filter, None, 50).await.unwrap();
            let hits = lines.iter().filter(|line| query.hits(line.text.reveal()).is_some()).count();
            drop(tx);
            times.push((started.elapsed(), question, hits));
            assert!(name != "newest 50" || hits > 0, "{question}");
        }
        times.sort();
        let (p50, p95) = (times[times.len() / 2].0, times[times.len() * 95 / 100].0);
        println!(
            "{}: {name}: p50 {p50:.1?} p95 {p95:.1?} slowest {:.1?} {}",
            place(&world),
            times.last().unwrap().0,
            times.last().unwrap().1
        );
        assert!(p95 < SECOND, "{name}: {p95:?}");
    }
    let started = Instant::now();
    let mut tx = world.write().await;
    search::forget(&mut tx, world.account, calls[0].conversation).await.unwrap();
    let forgotten = started.elapsed();
    search::purge(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    println!("{}: a conversation forgotten in {forgotten:.1?}, purged in {:.1?}", place(&world), started.elapsed());
    let sizes = match &mut world.read().await {
        Tx::Sqlite(t) => sqlx::query_as::<_, (String, i64)>(
            "SELECT name, SUM(pgsize) FROM dbstat WHERE name LIKE 'search%' OR name = 'message' GROUP BY name",
        )
        .fetch_all(&mut **t)
        .await
        .unwrap_or_default(),
        Tx::Postgres(t) => sqlx::query_as(
            "SELECT c::text, pg_relation_size(c) FROM unnest(ARRAY['message', 'search_line', 'search_line_pkey',
             'search_line_place', 'search_token', 'search_token_pkey', 'search_token_tokens']::regclass[]) c",
        )
        .fetch_all(&mut **t)
        .await
        .unwrap(),
    };
    println!("{}: {sizes:?}", place(&world));
}

fn place(world: &World) -> &'static str {
    if world.url.is_empty() { "SQLite" } else { "PostgreSQL" }
}

/// Lines as they are heard in a contact centre: the same phrases again and again, and rare words in them.
struct Corpus(u64);

impl Corpus {
    const PHRASES: &[&str] = &[
        "您好，请问有什么可以帮您",
        "我想申请退款，什么时候到账",
        "好的，谢谢，再见",
        "请稍等，我帮您查一下账户的情况",
        "退款会在三个工作日内退回您的账户",
        "hello, how can I help you today",
        "I would like a refund please",
        "thank you, have a nice day",
        "let me check your account, please wait",
        "还有其他的问题吗",
    ];

    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn line(&mut self) -> String {
        let phrase = Corpus::PHRASES[self.next(Corpus::PHRASES.len() as u64) as usize];
        if self.next(10) < 5 {
            let word: String = (0..2 + self.next(5)).map(|_| char::from(b'a' + self.next(26) as u8)).collect();
            return format!("{phrase} {word}");
        }
        let rare: String = (0..2 + self.next(6))
            .map(|_| char::from_u32(0x4e00 + (self.next(50) * self.next(50)) as u32).unwrap())
            .collect();
        format!("{rare}，{phrase}")
    }

    /// What somebody might look for in it.
    fn part(line: &str) -> String {
        let chars: Vec<char> = line.chars().collect();
        if chars[0].is_ascii() || line.ends_with(|c: char| c.is_ascii()) {
            return line.rsplit(' ').next().unwrap().to_owned();
        }
        chars[..2].iter().collect()
    }
}
