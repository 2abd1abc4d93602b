//! How long a call waits for whom. Every state has its limit here.

use crate::Codes;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// For media to answer a command about a session description.
    pub media_reply: Duration,
    /// For the answer to a question.
    pub answer: Duration,
    /// For the flow to answer the caller (RFC 3261 §16.6, Timer C: a proxy before us gives up after three minutes).
    pub unanswered: Duration,
    /// For the ACK that carries the answer to our offer (RFC 3261 §13.3.1.4: 64·T1, and some).
    pub confirm: Duration,
    /// The longest an offer or a dial may ring, whatever its order says.
    pub ring: Duration,
    /// How long whom somebody asked for may ring.
    pub transfer_ring: Duration,
    /// How long a contact may be parked before it is brought back.
    pub park: Duration,
    /// For an agent whose browser is lost in the middle of a talk to come back.
    pub reconnect: Duration,
    /// For signaling to report the end of a leg we hung up (BYE: 64·T1, and some). Then the leg is dropped and counted.
    pub hang_up: Duration,
    /// For media to report the end of a leg we closed.
    pub close: Duration,
    /// Without sound from a leg for this long in total, it is hung up: a lost BYE leaves no ghost.
    pub silence: Duration,
    /// For the flow to go on with a caller whose other side has hung up: to play, echo, dial or hang up.
    pub alone: Duration,
    /// The longest call.
    pub call: Duration,
    /// Devices that may ring at once.
    pub devices: usize,
    /// Ask the house before the caller is answered or bridged ([`ringdesk_voice::Question::Connect`]).
    pub recorded: bool,
    /// What agents may type while they talk.
    pub codes: Codes,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            media_reply: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            unanswered: Duration::from_secs(180),
            confirm: Duration::from_secs(40),
            ring: Duration::from_secs(300),
            transfer_ring: Duration::from_secs(30),
            park: Duration::from_secs(120),
            reconnect: Duration::from_secs(20),
            hang_up: Duration::from_secs(40),
            close: Duration::from_secs(5),
            silence: Duration::from_secs(60),
            alone: Duration::from_secs(60),
            call: Duration::from_secs(12 * 3600),
            devices: 10,
            recorded: false,
            codes: Codes::default(),
        }
    }
}
