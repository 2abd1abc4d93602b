//! `make flood`: bad input from ten thousand addresses, and good calls that must not notice.

use clap::Parser;
use ringdesk_soak::{flood, report};
use std::process::ExitCode;
use std::time::Duration;

/// A flood against a real server; exit code 1 when a good call suffers.
#[derive(Parser)]
struct Options {
    /// Length of the flood in seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Bad inputs per second.
    #[arg(long)]
    rate: Option<u32>,
    /// Good calls.
    #[arg(long)]
    calls: Option<usize>,
    #[arg(long)]
    seed: Option<u64>,
    /// Bad connections at once, besides.
    #[arg(long)]
    connections: Option<u32>,
    /// Connections only: 20 s, 1,000 at once.
    #[arg(long)]
    siege: bool,
    /// The form of the tests: 8 s, 1,500 per second, 8 calls.
    #[arg(long)]
    short: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(ringdesk_soak::dice::seed);
    let mut plan = match (options.siege, options.short) {
        (true, _) => flood::Plan::siege(seed),
        (false, true) => flood::Plan::short(seed),
        (false, false) => flood::Plan::long(seed),
    };
    plan.connections = options.connections.unwrap_or(plan.connections);
    plan.length = options.seconds.map_or(plan.length, Duration::from_secs);
    plan.per_second = options.rate.unwrap_or(plan.per_second);
    plan.good = options.calls.unwrap_or(plan.good);
    println!("seed {seed}");
    let outcome = flood::run(plan).await?;
    println!("{}", report::flood(&plan, &outcome));
    Ok(if outcome.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
