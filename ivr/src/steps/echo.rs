//! `echo`: the caller hears himself, to test his line. It ends with the call.

use super::{Go, check_span};
use crate::Output;
use crate::line::{Fact, Line};
use ringdesk_model::Timestamp;
use ringdesk_voice::Cause;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    #[serde(default = "ten_minutes")]
    pub limit_ms: u32,
}

impl Echo {
    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        check_span("limit_ms", self.limit_ms, 1_000, 3_600_000, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> Go {
        line.put(Output::Echo);
        line.wait(now, Duration::from_millis(self.limit_ms.into()), "the echo lasts long enough");
        Go::Stay
    }

    pub(crate) fn on(&self, fact: &Fact) -> Go {
        if matches!(fact, Fact::Due) { Go::End(Cause::Normal) } else { Go::Stay }
    }
}

fn ten_minutes() -> u32 {
    600_000
}
