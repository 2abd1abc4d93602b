//! Tasks that the house cannot do without. A panic ends one call; one of these ends them all, so it must not go on unseen: queues
//! would stand still and books stay empty while telephones are still answered.

use std::future::Future;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Which of them has fallen, if one has. Clones share it.
#[derive(Clone)]
pub(crate) struct Essential(watch::Sender<Option<&'static str>>);

impl Default for Essential {
    fn default() -> Self {
        Essential(watch::Sender::new(None))
    }
}

impl Essential {
    /// Run it; if it panics, it has fallen. One that returns was told to: the house is closing.
    pub(crate) fn spawn(&self, what: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_on(&Handle::current(), what, task);
    }

    /// The same on a thread of its own.
    pub(crate) fn spawn_on(
        &self,
        thread: &Handle,
        what: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let (task, fallen) = (thread.spawn(task), self.clone());
        tokio::spawn(fallen.watch(what, task));
    }

    async fn watch(self, what: &'static str, task: JoinHandle<()>) {
        if task.await.is_err_and(|end| end.is_panic()) {
            tracing::error!(what, "a task that the house cannot do without has failed");
            self.0.send_replace(Some(what));
        }
    }

    /// Wait until one has fallen.
    pub(crate) async fn fallen(&self) -> &'static str {
        let mut told = self.0.subscribe();
        loop {
            if let Some(what) = *told.borrow_and_update() {
                return what;
            }
            // We hold a sender ourselves: it does not close.
            let _ = told.changed().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn one_that_panics_is_told_and_one_that_ends_is_not() {
        let house = Essential::default();
        house.spawn("door", async {});
        tokio::task::yield_now().await;
        assert!(tokio::time::timeout(Duration::ZERO, house.fallen()).await.is_err());
        house.spawn("queues", async { panic!("as a test") });
        assert_eq!(house.fallen().await, "queues");
    }
}
