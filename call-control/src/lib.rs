//! One call: its legs, who rings, who hears whom, hold, hang-up.
//!
//! A [`Call`] owns every leg of one telephone interaction, from the INVITE at the door to the last event. It is pure:
//! it knows neither SIP nor RTP nor queues. `signaling` carries out its [`LegCommand`](ringdesk_voice::LegCommand)s,
//! `media` its [`MediaCommand`](ringdesk_voice::MediaCommand)s; a flow tells it what to do with the caller
//! ([`FlowOrder`]) and learns what became of it ([`FlowFact`]); routing sends it offers as orders. What becomes of a
//! call — call sheet, recording, transcript, figures — observes its [`CallEvent`](ringdesk_voice::CallEvent)s and is
//! never a field of it.
//!
//! Three promises, each walked at random in the tests: every leg that was created ends and closes its media; every
//! order and every question ends exactly once; `Ended` is the last event, exactly once. No state is without a deadline.
//!
//! Reading order: [`input`], [`output`], [`config`], [`call`] (the machine's four verbs), then what it consists of:
//! `leg` (one party's state), `caller` (answering, plays, keys), `describe` (session descriptions between a leg and
//! media), `ringing` (an offer or a dial in progress), `bridge` (two legs that talk), `gate` (what waits
//! for its recording), `ending` (hang-up and last rites).

mod bridge;
pub mod call;
mod caller;
pub mod config;
mod describe;
mod ending;
mod gate;
pub mod input;
mod leg;
pub mod output;
mod ringing;
mod sound;

pub use call::Call;
pub use config::Config;
pub use input::{FlowOrder, Input};
pub use output::{FlowFact, Output};

#[cfg(test)]
mod tests;
