//! Machines against simple models, with random inputs that shrink to the shortest failing story.

#[path = "properties/call.rs"]
mod call;
#[path = "properties/routing.rs"]
mod routing;
