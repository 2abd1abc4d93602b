//! More calls than the server is meant to hold.

use anyhow::Result;
use ringdesk_interop::{Centre, Ladder, Phone};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const CAPACITY: usize = 6;
/// A tone of each caller's own.
const HZ: f32 = 440.0;

/// What became of one call.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Refused { status: u16, retry_after: Option<String> },
}

async fn caller(centre: &Centre, n: usize) -> Result<Phone> {
    Phone::new(&format!("caller {n}"), &format!("0151000{n:04}"), centre.sip, HZ, &Ladder::default()).await
}

/// Dial, and hear at once what becomes of it.
async fn dial(phone: &mut Phone, number: &str) -> Result<Fate> {
    phone.invite(number).await?;
    let answer = phone.response("INVITE", |status| status >= 200, SOON).await?;
    match answer.status().unwrap_or(0) {
        200 => {
            phone.take_answer(&answer).await?;
            Ok(Fate::Answered)
        }
        status => Ok(Fate::Refused { status, retry_after: answer.get("Retry-After").map(str::to_owned) }),
    }
}

/// Three times as many calls as are configured, all at once: each is answered, or gets 503 with Retry-After, none waits for
/// nothing; who was there before goes on hearing, and a place that is free is given away again.
///
/// Rows: S2.19(phone) S16.11
#[tokio::test(flavor = "multi_thread")]
async fn three_times_as_many_calls_as_are_configured() -> Result<()> {
    let limits = format!("[signaling.limits]\ncalls = {CAPACITY}\nretry_after_seconds = 7\n");
    let centre = Centre::start_with(&limits, &[]).await?;
    // The echo gives each its own tone back: it is heard as long as both ways are open.
    let mut first = caller(&centre, 0).await?;
    first.invite("1003").await?;
    first.answered(SOON).await?;
    assert!(first.sound.hears_tone(HZ, SOON * 2).await.is_some(), "no echo\n{}", centre.log());

    let mut crowd = Vec::new();
    for n in 1..3 * CAPACITY {
        crowd.push(caller(&centre, n).await?);
    }
    let mut dialling = tokio::task::JoinSet::new();
    for mut phone in crowd {
        dialling.spawn(async move {
            // 1001 waits in a queue without agents: answered, and hearing music.
            let fate = dial(&mut phone, "1001").await;
            (phone, fate)
        });
    }
    let (mut answered, mut refused) = (Vec::new(), 0);
    while let Some(done) = dialling.join_next().await {
        let (phone, fate) = done?;
        match fate? {
            Fate::Answered => answered.push(phone),
            fate => {
                assert_eq!(fate, Fate::Refused { status: 503, retry_after: Some("7".to_owned()) });
                refused += 1;
            }
        }
    }
    assert_eq!((answered.len(), refused), (CAPACITY - 1, 2 * CAPACITY), "nobody is left without an answer");
    assert_eq!(centre.figure("calls_open").await?, CAPACITY as u64);
    assert_eq!(centre.figure("signaling_overloaded_total").await?, 2 * CAPACITY as u64);
    // Who was there hears as before.
    first.sound.clear();
    assert!(first.sound.hears_tone(HZ, SOON).await.is_some(), "the first call lost its sound\n{}", centre.log());

    // Help passes the limit: nobody takes such a number here, but it was asked for.
    let mut help = caller(&centre, 90).await?;
    assert_eq!(dial(&mut help, "112").await?, Fate::Refused { status: 404, retry_after: None });
    // A place that is free is given to the next one.
    let mut leaves = answered.pop().expect("there are several");
    leaves.hang_up().await?;
    let mut next = caller(&centre, 91).await?;
    assert_eq!(dial(&mut next, "1003").await?, Fate::Answered);
    let mut late = caller(&centre, 92).await?;
    assert!(matches!(dial(&mut late, "1003").await?, Fate::Refused { status: 503, .. }));
    first.hang_up().await
}
