//! How the allocator keeps what was freed.

/// Larger blocks are mapped, and given back the moment they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED: i32 = 256 * 1024;
/// Heaps that threads share; each keeps its own holes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: i32 = 4;

/// Once, before any thread. By itself the GNU allocator raises its limit for mapped blocks with every large one that is freed:
/// after the first sign-in the 19 MiB of a password's hash come out of some thread's heap, which never shrinks again.
pub(crate) fn settle() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the standard library has no call for it")]
    // SAFETY: both only set limits of the allocator, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED);
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
    }
}
