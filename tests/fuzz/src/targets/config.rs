//! The configuration file. Whatever passes the check can be worked with.

use ringdesk::Config;
use ringdesk_signaling::core::setup::TimerSetup;
use std::time::Duration;

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let config = match toml::from_str::<Config>(text) {
        Ok(config) => config,
        Err(why) => return assert!(!why.to_string().is_empty()),
    };
    let _ = config.recordings();
    let sessions = config.http.sessions();
    assert!(!sessions.idle.is_zero() && !sessions.longest.is_zero());
    let _ = config.recordings.keep_wav();
    for engine in &config.asr.engines {
        let _ = (engine.name(), engine.languages());
    }
    if config.signaling.check().is_ok() {
        let spans = config.signaling.timers;
        let timers = TimerSetup {
            t1: Duration::from_millis(spans.t1_ms),
            t2: Duration::from_millis(spans.t2_ms),
            t4: Duration::from_millis(spans.t4_ms),
            ..TimerSetup::default()
        };
        assert!(timers.transaction() >= timers.t1);
    }
}
