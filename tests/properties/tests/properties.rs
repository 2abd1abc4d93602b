//! Machines against simple models, with random inputs that shrink to the shortest failing story.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

#[path = "properties/call.rs"]
mod call;
#[path = "properties/routing.rs"]
mod routing;
