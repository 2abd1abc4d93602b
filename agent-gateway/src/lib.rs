//! HTTP and WebSocket for agents, supervisors, administrators and integrations; described by OpenAPI.
//!
//! A route has three exits: an operation (rows), an order to a running machine ([`Orders`]), or the watched floor.
//! It holds no state of the core. Every route names its permission, every read a `Scope`, every write an `Actor`;
//! numbers are masked by the serializer of the API types. One route, one file.
//!
//! Reading order: [`orders`] (what the gateway needs of the server), [`problem`], [`listen`], [`caller`], [`proxies`], [`routes`], [`openapi`]; then what
//! follows events: [`tickets`], [`feed`], [`sees`]; and what people hear: [`archive`], and how browsers
//! get through to it: [`turn`]; and [`demo`]. Visitors of web sites: [`visitor_limits`] (what one may ask for), [`turned_away`] (how many asked for more), [`typing`], [`track_writer`] (what they do there); their door is `routes/widget.rs`.

mod access_log;
pub mod archive;
mod byte_range;
mod caller;
pub mod certificate;
mod console;
mod cookie;
pub mod demo;
pub mod feed;
mod headers;
mod limit;
pub mod listen;
mod masked;
pub mod openapi;
pub mod orders;
pub mod problem;
pub mod prompts;
pub mod proxies;
pub mod readiness;
pub mod routes;
mod sees;
pub mod standings;
pub mod tickets;
pub mod track_writer;
pub mod turn;
pub mod turned_away;
mod typing;
pub mod visitor_limits;

pub use archive::Archive;
pub use listen::{Patience, Secured, serve, serve_secure};
pub use orders::{Gateway, Limits, OrderRefused, Orders};
pub use proxies::Proxies;
pub use routes::router;
pub use turn::Turn;
