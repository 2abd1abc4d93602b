//! Everything else has every core: what recognises speech, what renders recordings, and a few more that never stop, niced as
//! those are. The shards keep real time.

use crate::sound::Phone;
use crate::studio::Studio;
use ringdesk_voice::MediaCommand;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

const CALLS: u128 = 20;
const FRAME: Duration = Duration::from_millis(20);
const FRAMES: usize = 200;

/// Processes that take all there is, at the niceness of our own workers (`asr`: 10, rendering: 19).
struct Hogs(Vec<Child>);

impl Hogs {
    fn start() -> Hogs {
        let many = 4 * available_parallelism().map_or(2, usize::from);
        let hog = |n: usize| {
            let nice = if n.is_multiple_of(2) { "10" } else { "19" };
            let mut command = Command::new("nice");
            command.args(["-n", nice, "sh", "-c", "while :; do :; done"]).stdin(Stdio::null());
            command.spawn().expect("nice and sh are there")
        };
        Hogs((0..many).map(hog).collect())
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        for hog in &mut self.0 {
            let _ = hog.kill(); // it may have ended
            let _ = hog.wait();
        }
    }
}

/// Twenty calls talk both ways for four seconds beside processes that want every core several times over. No packet is lost
/// in the room, none is reordered, and few are late: bounds that only starvation breaks, since the machine may have other
/// work.
///
/// Rows: S16.11
#[test]
fn calls_keep_their_sound_beside_workers_that_never_stop() {
    let studio = Studio::with(|config| config.realtime = true);
    let mut calls: Vec<(Phone, Phone)> = (0..CALLS)
        .map(|n| {
            let (caller, agent) = (Phone::join(&studio, n * 2 + 1), Phone::join(&studio, n * 2 + 2));
            studio.ask(MediaCommand::Hear { leg: caller.leg, legs: vec![agent.leg] });
            studio.ask(MediaCommand::Hear { leg: agent.leg, legs: vec![caller.leg] });
            (caller, agent)
        })
        .collect();
    studio.settled();
    let _hogs = Hogs::start();
    let start = Instant::now();
    let over = Arc::new(AtomicBool::new(false));
    // Each packet says when it left; whoever hears it says how long ago that was.
    let listen = |phone: &Phone| {
        let (socket, over) = (phone.rtp.try_clone().unwrap(), over.clone());
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        std::thread::spawn(move || {
            let (mut buffer, mut heard, mut late, mut last) = ([0; 400], 0, 0, None::<u16>);
            loop {
                match socket.recv(&mut buffer) {
                    Ok(172) => {
                        let seq = u16::from_be_bytes([buffer[2], buffer[3]]);
                        assert!(last.is_none_or(|last| seq == last.wrapping_add(1)), "{last:?} and then {seq}");
                        last = Some(seq);
                        let left = u64::from_be_bytes(buffer[12..20].try_into().unwrap());
                        heard += 1;
                        late += usize::from(start.elapsed().as_millis() as u64 > left + 100);
                    }
                    Ok(_) => {}
                    Err(_) if over.load(Ordering::Relaxed) => return (heard, late),
                    Err(_) => {}
                }
            }
        })
    };
    let ears: Vec<_> = calls.iter().flat_map(|(caller, agent)| [listen(caller), listen(agent)]).collect();
    for frame in 0..FRAMES {
        for (caller, agent) in &mut calls {
            let mut payload = [0x55; 160];
            payload[..8].copy_from_slice(&(start.elapsed().as_millis() as u64).to_be_bytes());
            caller.say(frame == 0, 0, &payload, 160);
            agent.say(frame == 0, 0, &payload, 160);
        }
        sleep((FRAME * (frame as u32 + 1)).saturating_sub(start.elapsed()));
    }
    let behind = studio.behind();
    sleep(Duration::from_millis(500));
    over.store(true, Ordering::Relaxed);
    let (mut heard, mut late) = (0, 0);
    for ear in ears {
        let (more, too_late) = ear.join().unwrap();
        assert_eq!(more, FRAMES, "packets were lost");
        heard += more;
        late += too_late;
    }
    assert_eq!(heard, 2 * CALLS as usize * FRAMES);
    // A tenth of a second is what a jitter buffer hides; the ears and mouths of this test have no priority of their own.
    assert!(late * 10 < heard, "{late} of {heard} packets came late; the shard was {behind:?} behind at last");
    assert_eq!(studio.figure("dropped_send"), 0);
}
