//! How well and how dearly each engine here understands a folder of recordings.

fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).is_some_and(|a| a == "asr-worker") {
        let done = ringdesk_asr::worker_main(std::io::stdin(), std::io::stdout());
        return if done.is_ok() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE };
    }
    std::process::ExitCode::FAILURE
}
