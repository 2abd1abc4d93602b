//! Session descriptions, damaged: whatever is offered is refused or answered with what RFC 3264 calls an answer, and
//! the leg can be closed afterwards.

use crate::corpus;
use crate::mutation::{Mutation, damaged, mutations};
use crate::studio::{Studio, leg};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestError, TestRunner};
use ringdesk_voice::{InterfaceId, MediaCommand, MediaEvent, Sdp};
use std::cell::Cell;

const CASES: u32 = 1_500;

fn offers() -> Vec<Vec<u8>> {
    let head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
    let mut offers: Vec<Vec<u8>> = [
        "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
        "m=audio 4000 RTP/AVP 96 8\r\na=rtpmap:96 opus/48000/2\r\na=maxptime:10\r\na=sendonly\r\n",
        "m=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVPF 8\r\na=rtcp-mux\r\na=rtcp:4001 IN IP4 127.0.0.1\r\n",
        "m=audio 0 RTP/AVP 0\r\nm=audio 4000/2 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n",
        "m=audio 65535 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000/1\r\na=recvonly\r\na=ptime:99999\r\n",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\nm=image 4004 udptl t38\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 host.invalid\r\n",
    ]
    .iter()
    .map(|media| format!("{head}{media}").into_bytes())
    .collect();
    for name in ["wsinv", "unreason", "mismatch02", "inv2543"] {
        let message = corpus::message(name);
        let body = message.windows(4).position(|window| window == b"\r\n\r\n").expect("a body") + 4;
        offers.push(message[body..].to_vec());
    }
    offers
}

/// Two offers of one leg, one after the other.
fn stories() -> impl Strategy<Value = [(Index, Vec<Mutation>); 2]> {
    let one = || (any::<Index>(), mutations(5));
    [one(), one()]
}

fn values<'a>(text: &'a str, line: &str) -> Vec<&'a str> {
    text.lines().filter_map(|l| l.strip_prefix(line)).collect()
}

/// What RFC 3264 §6 asks of an answer, read without the room's own reader.
fn assert_answers(offer: &[u8], answer: &str) -> Result<(), TestCaseError> {
    let offer = String::from_utf8_lossy(offer);
    let kinds: String = answer.lines().map(|line| line.chars().next().unwrap_or('?')).collect();
    prop_assert!(kinds.starts_with("vosctm"), "{answer}");
    prop_assert!(answer.ends_with("\r\n") && answer.lines().all(|line| line.get(1..2) == Some("=")), "{answer}");
    let (asked, answered) = (values(&offer, "m="), values(answer, "m="));
    prop_assert_eq!(asked.len(), answered.len(), "as many lines as were offered: {} {}", offer, answer);
    let mut open = 0;
    for (asked, answered) in asked.iter().zip(&answered) {
        let (asked, answered): (Vec<&str>, Vec<&str>) = (asked.split(' ').collect(), answered.split(' ').collect());
        prop_assert_eq!(asked[0], answered[0], "the same media: {}", answer);
        prop_assert_eq!(asked[2], answered[2], "the same transport: {}", answer);
        if answered[1] == "0" {
            continue;
        }
        open += 1;
        prop_assert!(asked[1].split('/').next() != Some("0"), "nothing is opened that was not offered: {answer}");
        prop_assert!(answered[0].eq_ignore_ascii_case("audio"), "{answer}");
        let port: u16 = answered[1].parse().unwrap();
        prop_assert!((20_000..30_000).contains(&port) && port.is_multiple_of(2), "{answer}");
        prop_assert!(answered.len() > 3);
        for format in &answered[3..] {
            // `008` is no spelling of ours, so numbers are compared.
            let number: u8 = format.parse().unwrap();
            prop_assert!(
                asked[3..].iter().any(|a| a.trim().parse() == Ok(number)),
                "{format} was not offered: {offer} {answer}"
            );
            prop_assert!(
                values(answer, "a=rtpmap:").iter().any(|map| map.starts_with(&format!("{number} "))),
                "{answer}"
            );
        }
    }
    prop_assert_eq!(open, 1, "one line is used: {}", answer);
    let directions = ["sendrecv", "sendonly", "recvonly", "inactive"];
    prop_assert_eq!(
        answer.lines().filter(|l| l.strip_prefix("a=").is_some_and(|d| directions.contains(&d))).count(),
        1
    );
    Ok(())
}

fn run<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() };
    match TestRunner::new(config).run(&strategy, test) {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{why}\nwith {input:?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn damaged_offers_are_refused_or_answered() {
    let (studio, offers) = (Studio::open(), offers());
    let others: Vec<&[u8]> = offers.iter().map(Vec::as_slice).collect();
    let (legs, answered, refused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    run(stories(), |story| {
        legs.set(legs.get() + 1);
        let leg = leg(legs.get());
        for (which, mutations) in &story {
            let offer = damaged(which.get::<&[u8]>(&others), mutations, &others);
            match studio.answer(leg, &offer) {
                Ok(answer) => {
                    answered.set(answered.get() + 1);
                    assert_answers(&offer, &answer)?;
                }
                Err(_) => refused.set(refused.get() + 1),
            }
        }
        studio.close(leg);
        Ok(())
    });
    let (answered, refused) = (answered.get(), refused.get());
    assert!(answered > CASES / 10 && refused > CASES / 10, "{answered} answered, {refused} refused");
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 0));
}

/// The same for answers to an offer of ours; a leg whose answer was refused takes a good one afterwards.
#[test]
fn damaged_answers_are_refused_or_taken() {
    let (studio, offers) = (Studio::open(), offers());
    let others: Vec<&[u8]> = offers.iter().map(Vec::as_slice).collect();
    let legs = Cell::new(0);
    run((any::<Index>(), mutations(5)), |(which, mutations)| {
        legs.set(legs.get() + 1);
        let leg = leg(legs.get());
        studio.ask(MediaCommand::MakeOffer {
            leg,
            interface: InterfaceId(0),
            profile: Default::default(),
            prefer: None,
        });
        studio.wait(|event| matches!(event, MediaEvent::Offer { .. }).then_some(()));
        for (answer, good) in
            [(damaged(which.get::<&[u8]>(&others), &mutations, &others), false), (offers[0].clone(), true)]
        {
            studio.ask(MediaCommand::TakeAnswer { leg, answer: Sdp::from(answer) });
            let taken = studio.wait(|event| match event {
                MediaEvent::Negotiated { .. } => Some(true),
                MediaEvent::Refused { .. } => Some(false),
                _ => None,
            });
            prop_assert!(taken || !good, "a good answer after {mutations:?}");
        }
        studio.close(leg);
        Ok(())
    });
    assert_eq!((studio.figure("panics"), studio.figure("legs_open")), (0, 0));
}
