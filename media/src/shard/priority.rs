//! Real-time scheduling of a media thread: on a busy machine it decides between 1 ms and 20 ms of delay.

use std::io;

/// Ask for round-robin scheduling of the calling thread, at a low real-time priority.
pub(crate) fn ask() -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 10 };
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: 0 names the calling thread; the pointer is to a live, initialised structure that is only read.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_RR, &raw const parameters) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
