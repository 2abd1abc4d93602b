//! What is logged at INFO and above, by all tests of this process: a subscriber of one thread is not told of what others met
//! first.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins with the first who asks.
    pub(crate) fn of_all() -> Log {
        static LOG: OnceLock<Log> = OnceLock::new();
        let begin = || {
            let log = Log::default();
            let writer = log.clone();
            let subscriber =
                tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(move || writer.clone());
            tracing::subscriber::set_global_default(subscriber.with_ansi(false).finish()).unwrap();
            log
        };
        LOG.get_or_init(begin).clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
