//! The task of one call: owns its desk, from the INVITE to the last event.

use crate::tasks::watchdog::Pulse;
use ringdesk_model::{Clock, WallClock};
use ringdesk_switchboard::{CallDesk, CallInput, Carry};
use tokio::sync::mpsc::Receiver;

/// What a call's task may reach. The server's is [`crate::call_rooms::CallRooms`].
pub trait Rooms {
    /// Carry this to its room. What takes time answers later through the call's inbox; only a full buffer of the
    /// journal or of routing is waited for, and neither of them waits for calls.
    fn carry(&mut self, carry: Carry) -> impl Future<Output = ()> + Send;
}

/// Inputs a call may have waiting. A caller who presses keys fills it at 50 a second at most; when it is full,
/// events of a leg wait in their room ([`ringdesk_model::Outlet`]).
pub const INBOX: usize = 256;

/// Run a call until its desk has nothing left to say.
pub async fn run_call(
    mut desk: CallDesk,
    mut inbox: Receiver<CallInput>,
    mut rooms: impl Rooms,
    pulse: impl AsRef<Pulse>,
    clock: WallClock,
) {
    loop {
        pulse.as_ref().works(clock.now());
        while let Some(carry) = desk.poll_carry() {
            rooms.carry(carry).await;
        }
        if desk.is_over() {
            return;
        }
        pulse.as_ref().rests();
        let wake = desk.poll_timeout().map(|(at, _)| clock.instant(at));
        tokio::select! {
            input = inbox.recv() => match input {
                Some(input) => desk.handle_input(clock.now(), input),
                None => return, // the house is gone
            },
            () = sleep_until(wake) => desk.handle_timeout(clock.now()),
        }
    }
}

/// Sleep until the moment, or for ever.
pub(crate) async fn sleep_until(wake: Option<std::time::Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
