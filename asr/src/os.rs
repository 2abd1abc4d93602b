//! The few calls of the system that the standard library has no words for.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::FromRawFd as _;

/// A file that exists only in memory: a caller's words are never on a disk, not even for a moment.
/// `inherited`: children get it too, under the same number.
pub(crate) fn memory_file(content: &[u8], inherited: bool) -> io::Result<File> {
    let flags = if inherited { 0 } else { libc::MFD_CLOEXEC };
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: the name is a C string; the descriptor is checked, new, and owned by nobody else.
    let mut file = unsafe {
        let fd = libc::memfd_create(c"ringdesk-asr".as_ptr(), flags);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        File::from_raw_fd(fd)
    };
    file.write_all(content)?;
    file.rewind()?;
    Ok(file)
}

/// Let everything else go first: nine times as much as us where both want a processor, and not all of it, or captions stop.
pub(crate) fn be_nice() -> io::Result<()> {
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: plain numbers, no memory.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 10) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// End with the thread that starts us: between `fork` and `exec` of a child.
pub(crate) fn die_with_parent(command: &mut tokio::process::Command) {
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: prctl is a bare system call, allowed between fork and exec; nothing is allocated.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
}

/// Processor time of this process and of its children that have ended, in microseconds.
pub fn processor_us() -> u64 {
    usage(libc::RUSAGE_SELF) + usage(libc::RUSAGE_CHILDREN)
}

fn usage(whose: i32) -> u64 {
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: the structure is ours, and zero is a value of each of its numbers.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(whose, &raw mut usage);
        usage
    };
    let us =
        |t: libc::timeval| u64::try_from(t.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(t.tv_usec).unwrap_or(0);
    us(usage.ru_utime) + us(usage.ru_stime)
}

/// A child and all it has started, ended together; unless it is let go.
pub(crate) struct Group(Option<i32>);

impl Group {
    /// Of a child that was started in a group of its own.
    pub(crate) fn of(child: Option<u32>) -> Group {
        Group(child.and_then(|id| i32::try_from(id).ok()).filter(|id| *id > 1))
    }

    /// The child has ended, and its number may soon be somebody else's.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            #[expect(unsafe_code, reason = "the standard library has no call for it")]
            // SAFETY: plain numbers, no memory. The child is not yet waited for, so the number is its own.
            let _ = unsafe { libc::kill(-id, libc::SIGKILL) };
        }
    }
}
