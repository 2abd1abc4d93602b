//! Conditions, opening hours and clocks that run in business time.
//!
//! Pure: the time of day is an argument, and zones come from a table that is compiled in, so that equal inputs give equal
//! answers on every machine. Not here: who asks (flows, queues, tickets, rules of an account), and the rows.
//!
//! Reading order: [`clock_time`] and [`zone`] (local time and instants), [`calendar`] (opening hours as an account writes them),
//! [`hours`] (what they say of an instant), [`import`] (holidays from a file), [`sla`] (limits in business time),
//! [`condition`] and [`words`] (when something holds), [`rule`] (what an account writes), [`follow`] (what comes of it, in order),
//! [`filter`] (what is looked for in what contacts write).

pub mod calendar;
pub mod clock_time;
pub mod condition;
pub mod filter;
pub mod follow;
pub mod hours;
pub mod import;
pub mod rule;
pub mod sla;
pub mod words;
pub mod zone;

pub use calendar::{Calendar, CalendarFault, Span, SpecialDay, Weekday};
pub use clock_time::ClockTime;
pub use condition::{Because, Condition, ConditionFault, Fact, Facts};
pub use filter::{FilterAction, FilterFault, Find, TextFilter};
pub use follow::{Decision, Event, Held, follow};
pub use hours::{Hours, Standing};
pub use import::{ImportFault, ImportedDay, import};
pub use jiff::civil::Date;
pub use rule::{Action, Occasion, Rule};
pub use sla::SlaClock;
pub use zone::Zone;
