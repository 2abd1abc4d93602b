//! Machines against simple models, with random inputs that shrink to the shortest failing story.

#[path = "properties/routing.rs"]
mod routing;
