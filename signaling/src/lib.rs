//! SIP: calls and registrations over UDP and TCP.
//!
//! [`core`] is the machine: messages, transactions, dialogs, legs, registrar; pure, so a test moves its time and replays
//! its input. [`gate`] owns every socket and the one task that drives the core. Session descriptions pass through as
//! bytes: only `media` reads them. This room knows legs, extensions and trunks; of agents, queues and flows it knows
//! nothing.
//!
//! The server opens the room with [`open`], hears of calls through its outlet as [`SignalingEvent`]s, and acts on legs
//! through the [`SignalingHandle`].
//!
//! Reading order: [`config`], [`core::input`], [`core::output`], [`core`], [`gate`].

pub mod config;
pub mod core;
pub mod gate;

pub use crate::config::{Config, ConfigError};
pub use crate::core::account::{SettingsError, TrunkAccount, TrunkRegistration, TrunkSettings};
pub use crate::core::binding::Binding;
pub use crate::core::directory::{Directory, Extension, Trunk, TrunkTarget};
pub use crate::core::output::RegistrationChange;
pub use crate::core::trunks::TrunkState;
pub use gate::{
    BoundInterface, Counters, Limit, Limited, OpenError, Signaling, SignalingEvent, SignalingHandle, Snapshot, open,
};
