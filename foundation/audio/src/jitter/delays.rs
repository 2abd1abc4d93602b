//! How late packets are against the promptest of them, and how long one has to wait so that nearly all are there.

use ringdesk_model::Timestamp;

/// Microseconds of a bucket, and how many there are: 400 ms.
const BUCKET: i64 = 5_000;
const BUCKETS: usize = 80;
/// What is remembered of a packet when the next one comes: half is forgotten after 140 packets, some three seconds.
const MEMORY: f32 = 0.995;
/// Of the packets, so many shall be there in time.
const IN_TIME: f32 = 0.97;
/// Before anything is known.
const FIRST: i64 = 40_000;
/// The promptest packet of this long and the same again before counts: clocks drift, and routes change.
const WINDOW: i64 = 4_000_000;

/// A histogram of delays that forgets.
#[derive(Clone, Debug)]
pub struct Delays {
    least: i64,
    most: i64,
    buckets: [f32; BUCKETS],
    /// The least transit (arrival less the sender's time) of this window and the one before.
    promptest: [i64; 2],
    since: Timestamp,
    target: i64,
}

impl Delays {
    pub(super) fn new(least: i64, most: i64) -> Delays {
        let mut buckets = [0.0; BUCKETS];
        buckets[(FIRST / BUCKET - 1) as usize] = 1.0;
        let target = FIRST.clamp(least, most.max(least));
        Delays { least, most: most.max(least), buckets, promptest: [i64::MAX; 2], since: Timestamp(0), target }
    }

    /// Another clock. What the network does to packets is remembered.
    pub(super) fn restart(&mut self, now: Timestamp) {
        self.promptest = [i64::MAX; 2];
        self.since = now;
    }

    pub(super) fn note(&mut self, transit: i64, now: Timestamp) {
        if now.0 - self.since.0 >= WINDOW {
            self.promptest = [transit, self.promptest[0]];
            self.since = now;
        }
        self.promptest[0] = self.promptest[0].min(transit);
        let late = transit - self.promptest();
        let bucket = (late / BUCKET).clamp(0, BUCKETS as i64 - 1) as usize;
        for share in &mut self.buckets {
            *share *= MEMORY;
        }
        self.buckets[bucket] += 1.0 - MEMORY;
        let mut there = 0.0;
        let enough = self.buckets.iter().position(|share| {
            there += share;
            there >= IN_TIME
        });
        let wanted = (enough.unwrap_or(BUCKETS - 1) as i64 + 1) * BUCKET;
        self.target = wanted.clamp(self.least, self.most);
    }

    /// How far a packet is from what is usual.
    pub(super) fn off(&self, transit: i64) -> i64 {
        transit - self.promptest()
    }

    pub(super) fn promptest(&self) -> i64 {
        self.promptest[0].min(self.promptest[1])
    }

    /// How long a packet shall wait, microseconds.
    pub(super) fn target(&self) -> i64 {
        self.target
    }
}
