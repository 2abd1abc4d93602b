//! Telephone numbers on their way out. There is no other way to put one into a reply.

use ringdesk_conversations::mask_number;
use ringdesk_model::{Pii, Scope};
use serde::Serialize;
use utoipa::ToSchema;

/// In full for readers with the right to it, else with its middle hidden.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
pub(crate) struct Number(String);

impl Number {
    pub(crate) fn shown(number: &Pii<String>, scope: &Scope) -> Number {
        Number(if scope.unmasked { number.reveal().clone() } else { mask_number(number.reveal()) })
    }
}
