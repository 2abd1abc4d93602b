//! `ringdesk`: the only binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringdesk::cli::main()
}
