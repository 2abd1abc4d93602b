//! SIP: calls and registrations over UDP, TCP, TLS and WebSocket.
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
pub use crate::core::account::{TrunkAccount, TrunkRegistration};
pub use crate::core::binding::Binding;
pub use crate::core::directory::{Directory, Extension, OwnNumber, Trunk, TrunkTarget};
pub use crate::core::identity::SaidIdentity;
pub use crate::core::input::HopFailure;
pub use crate::core::notices::MessageCount;
pub use crate::core::output::{LegNote, RegistrationChange};
pub use crate::core::profile::{Preset, TrunkProfile};
pub use crate::core::settings::{SettingsError, TrunkSettings, TrunkSpec};
pub use crate::core::trunk_health::TrunkHealth;
pub use crate::core::trunks::TrunkState;
pub use gate::{
    BoundInterface, Counters, Limit, Limited, OpenError, Security, Signaling, SignalingEvent, SignalingHandle,
    Snapshot, Visitor, WebPlace, open, open_secured, outward,
};
