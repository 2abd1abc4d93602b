//! Many visitors at once: each message reaches every desk once, and no page but its visitor's.

use super::socket::Socket;
use super::widget::{Tab, site, token_from};
use super::world::World;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const VISITORS: usize = 40;
const DESKS: usize = 3;
/// Texts of each visitor behind the one that opens their conversation.
const TEXTS: i64 = 3;

/// What visitors write at the same moment is told to all who see it, in the order of each conversation and once, while pages that it does
/// not concern hear nothing. How long it takes with a thousand sockets is measured by `make bench ARGS=messages`.
///
/// Rows: N1, S2.1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_visitors_write_reaches_every_desk_once() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let mut tabs = Vec::new();
    for n in 0..VISITORS {
        let address = format!("203.0.113.{}", n + 1);
        let token = token_from(&world, &inbox, &address).await;
        let (mut tab, _) = Tab::of_elsewhere(&world, &inbox, &token, &address).await;
        tab.write("hello", "hello").await;
        let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
        tabs.push((conversation, tab));
    }
    let mut desks = Vec::new();
    for _ in 0..DESKS {
        desks.push(Socket::start(&world, &admin).await);
    }

    let write = async |(conversation, tab): &mut (String, Tab)| {
        for n in 0..TEXTS {
            tab.write(&format!("{n}"), &format!("{n} of {conversation}")).await;
        }
        // Their own lines, the greeting's and no other's, each once and in order.
        let mut said = Vec::new();
        while said.len() < TEXTS as usize + 1 {
            let line = tab.next("line").await;
            assert_eq!(line["conversation"], json!(conversation), "{line}");
            if line["by"] == "me" {
                said.push((line["seq"].as_i64().unwrap(), line["text"].as_str().unwrap().to_owned()));
            }
        }
        let texts: Vec<String> = said.iter().map(|(_, text)| text.clone()).collect();
        let wanted = (0..TEXTS).map(|n| format!("{n} of {conversation}"));
        assert_eq!(texts, ["hello".to_owned()].into_iter().chain(wanted).collect::<Vec<_>>());
        assert!(said.is_sorted_by(|one, next| one.0 < next.0), "{said:?}");
    };
    let conversations: BTreeSet<String> = tabs.iter().map(|(conversation, _)| conversation.clone()).collect();
    assert_eq!(conversations.len(), VISITORS);
    let hear = async |desk: &mut Socket| {
        let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        while told.values().map(Vec::len).sum::<usize>() < VISITORS * TEXTS as usize {
            let data = desk.event("message_created").await["data"].clone();
            told.entry(data["conversation"].as_str().unwrap().to_owned())
                .or_default()
                .push(data["seq"].as_i64().unwrap());
        }
        told
    };
    let (_, told) = tokio::join!(join_all(tabs.iter_mut().map(write)), join_all(desks.iter_mut().map(hear)));
    for told in told {
        assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), conversations);
        for (conversation, seqs) in told {
            assert_eq!(seqs.len() as i64, TEXTS, "{conversation}: {seqs:?}");
            assert!(seqs.is_sorted_by(|one, next| one < next), "{conversation}: {seqs:?}");
        }
    }
}
