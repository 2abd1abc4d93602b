//! Machines against simple models, with random inputs that shrink to the shortest failing story.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

#[path = "properties/call.rs"]
mod call;
#[path = "properties/days.rs"]
mod days;
#[path = "properties/routing.rs"]
mod routing;
#[path = "properties/simulation.rs"]
mod simulation;
#[path = "properties/traces.rs"]
mod traces;
