//! The short forms of `make soak` and `make flood`. One after the other: two cores carry no more.

use ringdesk_soak::{flood, report, soak};
use tokio::sync::Mutex;

/// The same faults in every run, so that a red one can be looked at; `make soak` draws its own.
const SEED: u64 = 11;

static CORES: Mutex<()> = Mutex::const_new(());

/// A minute of everything at once, with a kill in it: no agent stuck, no leg open, no call without its one record, no
/// second on nobody's account.
///
/// Rows: S16.11, S16.13
#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_chaos_leaves_nothing() -> anyhow::Result<()> {
    let _alone = CORES.lock().await;
    let outcome = soak::run(soak::Plan::short(SEED)).await?;
    println!("{}", report::soak(&outcome));
    assert!(outcome.findings.broken.is_empty(), "{} invariants are broken", outcome.findings.broken.len());
    Ok(())
}

/// Bad input from ten thousand addresses, and an office with one wrong password: no good call fails, none loses sound, and
/// every telephone of the office rings.
///
/// Rows: S12.13, S16.11
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_disturbs_nobody_who_telephones() -> anyhow::Result<()> {
    let _alone = CORES.lock().await;
    let plan = flood::Plan::short(SEED);
    let outcome = flood::run(plan).await?;
    println!("{}", report::flood(&plan, &outcome));
    assert!(outcome.broken.is_empty(), "{} invariants are broken", outcome.broken.len());
    Ok(())
}

/// A thousand connections that nobody means well with: silent, slow, half said, half shut, not reading. No good call fails or
/// loses sound, and none of them is left.
///
/// Rows: S12.1, S16.11
#[tokio::test(flavor = "multi_thread")]
async fn a_siege_of_connections_disturbs_nobody_who_telephones() -> anyhow::Result<()> {
    let _alone = CORES.lock().await;
    let plan = flood::Plan::siege(SEED);
    let outcome = flood::run(plan).await?;
    println!("{}", report::flood(&plan, &outcome));
    assert!(outcome.broken.is_empty(), "{} invariants are broken", outcome.broken.len());
    Ok(())
}
