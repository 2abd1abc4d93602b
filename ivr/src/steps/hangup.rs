//! `hangup`: end the call. A caller who was not answered is refused with the cause.

use ringdesk_voice::Cause;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hangup {
    #[serde(default = "normal")]
    pub cause: Cause,
}

fn normal() -> Cause {
    Cause::Normal
}
