//! Figures of the trade, from what happened: one catalogue of metrics, and the laws that compute them.
//!
//! Plain functions over events that somebody else has read: stays in queues, shares of agents, changes of presence, transfers.
//! A figure is an aggregate of samples, and the samples are the rows behind it: what a report says and what a click on it
//! lists cannot differ. This room reads no clock and owns no rows.
//!
//! Reading order: [`metric`] (the catalogue), [`events`] (what is read), [`sample`] (from events to samples), [`shift`] (presence as
//! spans of time), [`first`] (first answers and offers),
//! [`places`] (who keeps their place in a queue), [`internal`] (whether help desks for staff count), [`figure`] (from samples to
//! figures), [`alert`] (when somebody is warned).

pub mod alert;
pub mod events;
pub mod figure;
pub mod first;
pub mod internal;
pub mod metric;
pub mod places;
pub mod sample;
pub mod shift;

pub use alert::{AlertNews, AlertRule, Reading, Watched, Watching};
pub use events::{Asked, Events, Part, PresenceAt, Share, Stay};
pub use figure::{By, Figure, Key, aggregate, figures, figures_by, median};
pub use first::{FirstAnswer, FirstOffer};
pub use internal::Internal;
pub use metric::{Kind, Metric, Source, Unit, Words};
pub use places::PlaceKept;
pub use sample::{Period, Rules, Sample, samples};
pub use shift::{Span, spans};
