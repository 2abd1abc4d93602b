//! Telephone numbers on their way out. There is no other way to put one into a reply.

use ringdesk_conversations::mask_number;
use ringdesk_model::{Pii, Scope};
use serde::Serialize;
use serde_json::Value;
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

/// The same in a stored fact or event, whose numbers stand under known names. Keys that were pressed may be a card number:
/// they are for nobody.
pub(crate) fn hide_numbers(data: &mut Value, scope: &Scope) {
    let Value::Object(fields) = data else { return };
    for (name, value) in fields {
        match (name.as_str(), &*value) {
            // A name may be a number, too: networks send it in that field.
            ("from" | "to" | "address" | "number" | "name", Value::String(number)) if !scope.unmasked => {
                *value = Value::String(mask_number(number));
            }
            ("digit" | "digits", Value::String(keys)) => *value = Value::String("•".repeat(keys.chars().count())),
            (_, Value::Object(_)) => hide_numbers(value, scope),
            (_, Value::Array(_)) => {
                if let Value::Array(all) = value {
                    all.iter_mut().for_each(|one| hide_numbers(one, scope));
                }
            }
            _ => {}
        }
    }
}
