//! Who gets a place next. Pure: time is an argument.

use super::Purpose;
use crate::{Clip16k, NotHeard, Options, Transcript};
use std::collections::VecDeque;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// So many live clips in a row, and a second pass has its turn: captions delay transcripts, they do not end them.
const IN_A_ROW: u32 = 4;
/// A clip under which the worker died so often is not tried again.
const MOST_DEATHS: u32 = 2;

#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) purpose: Purpose,
    pub(super) engine: String,
    pub(super) options: Options,
    pub(super) clip: Clip16k,
    /// After this nobody wants it any more.
    pub(super) expires: Option<Instant>,
    /// How often the worker died with it.
    pub(super) deaths: u32,
    pub(super) reply: oneshot::Sender<Result<Transcript, NotHeard>>,
}

impl Job {
    pub(super) fn answer(self, answer: Result<Transcript, NotHeard>) {
        // Nobody listens any more: nothing to be done.
        let _ = self.reply.send(answer);
    }
}

#[derive(Debug)]
pub(super) struct Admission {
    places: usize,
    most_live: usize,
    bot: VecDeque<Job>,
    live: VecDeque<Job>,
    /// Bounded by those who ask: they wait outside.
    second: VecDeque<Job>,
    /// Survivors of a worker's death, each tried alone: it may have been the one.
    suspects: VecDeque<Job>,
    alone: bool,
    in_a_row: u32,
}

impl Admission {
    pub(super) fn new(places: usize, most_live: usize) -> Admission {
        Admission {
            places: places.max(1),
            most_live: most_live.max(1),
            bot: VecDeque::new(),
            live: VecDeque::new(),
            second: VecDeque::new(),
            suspects: VecDeque::new(),
            alone: false,
            in_a_row: 0,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.bot.len() + self.live.len() + self.second.len() + self.suspects.len()
    }

    /// One more; when there is no room for it, the oldest caption goes.
    pub(super) fn admit(&mut self, job: Job) {
        match job.purpose {
            Purpose::SecondPass => return self.second.push_back(job),
            Purpose::Bot => self.bot.push_back(job),
            Purpose::Live => self.live.push_back(job),
        }
        if self.bot.len() + self.live.len() > self.most_live
            && let Some(oldest) = self.live.pop_front().or_else(|| self.bot.pop_front())
        {
            oldest.answer(Err(NotHeard::Dropped));
        }
    }

    /// The worker died with this one.
    pub(super) fn died(&mut self, mut job: Job, fault: NotHeard) {
        job.deaths += 1;
        if job.purpose == Purpose::SecondPass && job.deaths < MOST_DEATHS {
            self.suspects.push_back(job);
        } else {
            job.answer(Err(fault));
        }
    }

    pub(super) fn take_back(&mut self, id: u64) {
        for queue in self.queues() {
            queue.retain(|job| job.id != id);
        }
    }

    /// There is nobody who could take them.
    pub(super) fn give_up(&mut self, fault: impl Fn(String) -> NotHeard) {
        for queue in self.queues() {
            for job in queue.drain(..) {
                let engine = job.engine.clone();
                job.answer(Err(fault(engine)));
            }
        }
    }

    /// Too late for these.
    pub(super) fn expire(&mut self, now: Instant) {
        for queue in self.queues() {
            while let Some(at) = queue.iter().position(|job| job.expires.is_some_and(|at| at <= now)) {
                if let Some(job) = queue.remove(at) {
                    job.answer(Err(NotHeard::Dropped));
                }
            }
        }
    }

    /// When the next one is too late.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.bot.iter().chain(&self.live).filter_map(|job| job.expires).min()
    }

    /// For a worker that works at so many now.
    pub(super) fn next(&mut self, working: usize) -> Option<Job> {
        if working == 0 {
            self.alone = false;
            if let Some(job) = self.suspects.pop_front() {
                self.alone = true;
                return Some(job);
            }
        }
        // A suspect waits until the place is empty, and has it alone.
        if working >= self.places || self.alone || !self.suspects.is_empty() {
            return None;
        }
        if let Some(job) = self.bot.pop_front() {
            return Some(job);
        }
        if (self.in_a_row < IN_A_ROW || self.second.is_empty())
            && let Some(job) = self.live.pop_front()
        {
            self.in_a_row += 1;
            return Some(job);
        }
        self.in_a_row = 0;
        self.second.pop_front()
    }

    fn queues(&mut self) -> [&mut VecDeque<Job>; 4] {
        [&mut self.bot, &mut self.live, &mut self.second, &mut self.suspects]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineFault;
    use ringdesk_model::Language;
    use std::time::Duration;

    type Answer = oneshot::Receiver<Result<Transcript, NotHeard>>;

    fn job(id: u64, purpose: Purpose) -> (Job, Answer) {
        let (reply, answer) = oneshot::channel();
        let options = Options::new(Language::En, Duration::from_secs(1));
        let clip = Clip16k::new(vec![]);
        (Job { id, purpose, engine: String::new(), options, clip, expires: None, deaths: 0, reply }, answer)
    }

    fn dropped(answer: &mut Answer) -> bool {
        matches!(answer.try_recv(), Ok(Err(NotHeard::Dropped)))
    }

    fn order(admission: &mut Admission) -> Vec<u64> {
        std::iter::from_fn(|| admission.next(0)).map(|j| j.id).collect()
    }

    #[test]
    fn a_full_house_drops_the_oldest_caption_and_never_a_second_pass() {
        let mut admission = Admission::new(1, 2);
        let mut answers = Vec::new();
        for (id, purpose) in [(1, Purpose::Live), (2, Purpose::Live), (3, Purpose::Bot), (4, Purpose::Live)] {
            let (job, answer) = job(id, purpose);
            admission.admit(job);
            answers.push(answer);
        }
        for id in 10..30 {
            let (job, answer) = job(id, Purpose::SecondPass);
            admission.admit(job);
            answers.push(answer);
        }
        let lost: Vec<usize> = (0..answers.len()).filter(|n| dropped(&mut answers[*n])).collect();
        assert_eq!(lost, [0, 1]);
        assert_eq!(order(&mut admission)[..4], [3, 4, 10, 11]);
    }

    #[test]
    fn captions_go_first_but_not_for_ever() {
        let mut admission = Admission::new(1, 100);
        for id in 0..10 {
            admission.admit(job(id, Purpose::Live).0);
        }
        admission.admit(job(20, Purpose::SecondPass).0);
        admission.admit(job(21, Purpose::SecondPass).0);
        admission.admit(job(30, Purpose::Bot).0);
        assert_eq!(order(&mut admission), [30, 0, 1, 2, 3, 20, 4, 5, 6, 7, 21, 8, 9]);
    }

    #[test]
    fn no_more_at_once_than_there_are_places() {
        let mut admission = Admission::new(2, 10);
        for id in 0..3 {
            admission.admit(job(id, Purpose::SecondPass).0);
        }
        assert!(admission.next(1).is_some() && admission.next(2).is_none() && admission.next(1).is_some());
    }

    #[test]
    fn suspects_are_tried_alone_once_and_captions_not_at_all() {
        let mut admission = Admission::new(4, 10);
        let fault = || NotHeard::Failed { engine: String::new(), fault: EngineFault::TooLong };
        let (live, mut live_answer) = job(1, Purpose::Live);
        let (second, mut second_answer) = job(2, Purpose::SecondPass);
        admission.died(live, fault());
        admission.died(second, fault());
        assert!(live_answer.try_recv().is_ok() && second_answer.try_recv().is_err());
        admission.admit(job(3, Purpose::Bot).0);
        assert!(admission.next(1).is_none(), "others are still at work");
        let suspect = admission.next(0).unwrap();
        assert_eq!(suspect.id, 2);
        assert!(admission.next(1).is_none(), "it is alone");
        admission.died(suspect, fault());
        assert_eq!(second_answer.try_recv().unwrap(), Err(fault()));
        assert_eq!(admission.next(0).unwrap().id, 3);
    }

    #[tokio::test]
    async fn late_and_unwanted_clips_go() {
        let mut admission = Admission::new(1, 10);
        let now = Instant::now();
        let (mut late, mut answer) = job(1, Purpose::Live);
        late.expires = Some(now);
        admission.admit(late);
        admission.admit(job(2, Purpose::SecondPass).0);
        admission.expire(now);
        assert!(dropped(&mut answer));
        admission.take_back(2);
        assert_eq!(admission.waiting(), 0);
    }
}
