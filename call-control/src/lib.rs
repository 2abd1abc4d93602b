//! One call: its legs, who rings, who hears whom, hold, hang-up.
//!
//! A [`Call`] owns every leg of one telephone interaction, from the INVITE at the door to the last event. It is pure:
//! it knows neither SIP nor RTP nor queues. `signaling` carries out its [`LegCommand`](ringdesk_voice::LegCommand)s,
//! `media` its [`MediaCommand`](ringdesk_voice::MediaCommand)s; a flow tells it what to do with the caller
//! ([`FlowOrder`]) and learns what became of it ([`FlowFact`]); routing sends it offers as orders. What becomes of a
//! call — call sheet, recording, transcript, figures — observes its [`CallEvent`](ringdesk_voice::CallEvent)s and is
//! never a field of it.
//!
//! One leg is the contact's; round it turns a *talk* of any number of parts, who come by an offer, a dial, a transfer or
//! by joining, and go again. Whoever is wanted beside that is looked for by the one *search* a call may have: the target of a
//! transfer, the agent who retrieves a parked contact or has it back. Who hears whom is never ordered, it follows from
//! that state.
//!
//! Three promises, each walked at random in the tests: every leg that was created ends and closes its media; every
//! order, every question and every transfer ends exactly once; `Ended` is the last event, exactly once. No state is without a
//! deadline.
//!
//! Reading order: [`input`], [`output`], [`config`], [`call`] (the machine's four verbs), `due` (its deadlines), then what it consists of:
//! `leg` (one party's state), `caller` (answering, plays, keys), `describe` (session descriptions between a leg and
//! media), `rung` and `ringing` (telephones that ring), `early` (what is heard before an answer), `rung_again` (pages that are loaded anew meanwhile), `devices` (in turns, and until a person says so), [`own`] (calls that agents make), `talk` (who talks, who inherits it), `hearing` (who hears whom), `search` (somebody
//! is looked for), `search_ends` (in vain), `transfer`, `consult`, `desk` (hold, mute, keys, leaving), [`codes`] (the same by keys), `park`, `supervise`, `reconnect` (an agent
//! whose browser is lost), `adopt` (legs that change
//! calls), `arrive` (agents who are at the door), `sound` (how it sounds), `gate` (what waits for its recording), `ending` (hang-up and last rites).

mod adopt;
mod arrive;
mod asked;
pub mod call;
mod caller;
pub mod codes;
pub mod config;
mod consult;
mod describe;
mod desk;
mod devices;
mod due;
mod early;
mod ending;
mod gate;
mod hearing;
pub mod input;
mod leg;
pub mod output;
pub mod own;
mod park;
mod reconnect;
mod ringing;
mod rung;
mod rung_again;
mod search;
mod search_ends;
mod sound;
mod supervise;
mod talk;
mod transfer;

pub use call::Call;
pub use codes::{Codes, KeyCode};
pub use config::Config;
pub use input::{FlowOrder, Input};
pub use output::{FlowFact, Output};
pub use own::{Contacted, Outgoing};

#[cfg(test)]
mod tests;
