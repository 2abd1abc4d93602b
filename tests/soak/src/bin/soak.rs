//! `make soak`: the centre under chaos for as long as wanted, and the proof that nothing of it is left.

use clap::Parser;
use ringdesk_soak::{many, report, soak};
use std::process::ExitCode;
use std::time::Duration;

/// Callers, agents, faults and kills against a real server; exit code 1 when an invariant is broken.
#[derive(Parser)]
struct Options {
    /// Length of the load in seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Callers at once.
    #[arg(long)]
    calls: Option<usize>,
    /// The dice; printed, to be given again.
    #[arg(long)]
    seed: Option<u64>,
    /// The form of the tests: one minute, 40 callers.
    #[arg(long)]
    short: bool,
    /// On a PostgreSQL of its own, which dies on the way.
    #[arg(long)]
    postgres: bool,
    /// No faults from outside, only people.
    #[arg(long)]
    calm: bool,
    /// Instead: so many short calls, and what each leaves behind.
    #[arg(long, value_name = "CALLS")]
    short_calls: Option<usize>,
    /// Keep the data folder and the log, and say where.
    #[arg(long)]
    keep: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(ringdesk_soak::dice::seed);
    if let Some(calls) = options.short_calls {
        let outcome = many::run(calls, seed).await?;
        println!("seed {seed}\n{}", outcome.print());
        return Ok(if outcome.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let mut plan = if options.short { soak::Plan::short(seed) } else { soak::Plan::long(seed) };
    plan.length = options.seconds.map_or(plan.length, Duration::from_secs);
    plan.calls = options.calls.unwrap_or(plan.calls);
    plan.postgres = options.postgres;
    if options.calm {
        plan.faults.clear();
    }
    println!("seed {seed}");
    let outcome = soak::run(plan).await?;
    println!("{}", report::soak(&outcome));
    if options.keep {
        let mut centre = outcome.world.centre.write().await;
        centre.folder.disable_cleanup(true);
        println!("kept: {}", centre.folder.path().display());
    }
    Ok(if outcome.findings.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
