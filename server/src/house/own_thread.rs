//! Threads that stand apart from the server's others.

/// SIP has a thread of its own: its timers do not wait behind requests of people, and `top -H` says what it costs. So have the
/// books: each of their statements would wait once for every task that is ready, and they fall behind by seconds when the cores are full.
pub(super) struct OwnThread(pub(super) tokio::runtime::Handle, Option<tokio::runtime::Runtime>);

impl OwnThread {
    pub(super) fn start(name: &str) -> std::io::Result<OwnThread> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name(name).enable_all().build()?;
        Ok(OwnThread(runtime.handle().clone(), Some(runtime)))
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        if let Some(runtime) = self.1.take() {
            runtime.shutdown_background();
        }
    }
}
