//! What was seen, as a code with its values: the command line makes the English sentence of it, the console one in its reader's language.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A part of a sentence that differs from centre to centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Names, addresses, somebody's own words.
    Text(String),
    Count(u64),
    /// Gigabytes, to one decimal; of this many bytes.
    Gigabytes(u64),
    /// So long ago.
    Ago(Duration),
}

impl Value {
    /// For programs: text as it is, figures in digits, gigabytes with one decimal, time in seconds.
    pub fn bare(&self) -> String {
        match self {
            Value::Ago(span) => span.as_secs().to_string(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Count(count) => count.fmt(f),
            Value::Gigabytes(bytes) => write!(f, "{:.1}", *bytes as f64 / 1e9),
            Value::Ago(span) => match span.as_secs() {
                seconds if seconds < 3_600 => write!(f, "{} minutes ago", seconds / 60),
                seconds if seconds < 2 * 86_400 => write!(f, "{} hours ago", seconds / 3_600),
                seconds => write!(f, "{} days ago", seconds / 86_400),
            },
        }
    }
}

macro_rules! sights {
    ($($name:ident { $($value:ident),* } $code:literal $sentence:literal)*) => {
        /// What was seen.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Seen { $(#[doc = $sentence] $name { $($value: Value,)* },)* }

        impl Seen {
            /// Every code, with the names of its values.
            pub const CODES: &[(&str, &[&str])] = &[$(($code, &[$(stringify!($value),)*]),)*];

            pub const fn code(&self) -> &'static str {
                match self {$(Seen::$name { .. } => $code,)*}
            }

            /// By name, bare.
            pub fn values(&self) -> BTreeMap<&'static str, String> {
                match self {$(Seen::$name { $($value,)* } => BTreeMap::from([$((stringify!($value), $value.bare()),)*]),)*}
            }
        }

        impl fmt::Display for Seen {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {$(Seen::$name { $($value,)* } => write!(f, $sentence),)*}
            }
        }
    };
}

sights! {
    NoCertificate {} "no_certificate" "there is no certificate that can be used"
    Expired { names } "expired" "it has expired; it was for {names}"
    NotYet { names } "not_yet" "it is not valid yet; it is for {names}"
    NoOther { names, why } "no_other" "for {names}, and the authority gives no other: {why}"
    EndsSoon { names, days } "ends_soon" "for {names}; it ends in {days} days"
    OwnAuthority { names } "own_authority" "for {names}, by this server's own authority"
    GoodFor { names, days } "good_for" "for {names}, good for {days} days"
    ListensNowhere {} "listens_nowhere" "SIP listens nowhere"
    OnlyHere {} "only_here" "it can be reached from this machine only"
    Told { name, address } "told" "{name} is told {address}"
    AllPrivate {} "all_private" "every interface has a private address: who is not in these networks hears nothing"
    BothWays { ago } "both_ways" "heard and sent in a call {ago}"
    LastHeard { ago } "last_heard" "last heard {ago}"
    NeverHeard {} "never_heard" "no caller was heard since the start who heard us"
    NoTrunk {} "no_trunk" "there is no trunk"
    NoTrunkOut {} "no_trunk_out" "no trunk can be dialled out over"
    Down { trunks } "down" "down: {trunks}"
    NoneIn {} "none_in" "no call in was ever answered, or not of late"
    NoneOut {} "none_out" "no call out was ever answered, or not of late"
    NotProven { trunks } "not_proven" "not proven: {trunks}"
    AnsweredOver { trunks } "answered_over" "answered calls over {trunks}"
    KeysInClear { lines } "keys_in_clear" "the sound is encrypted, and anybody on the way reads its keys: {lines}"
    KeysUnknown {} "keys_unknown" "nobody could ask how the telephones are connected"
    KeysKept {} "keys_kept" "no keys of sound travel where others read them"
    ClockFollows {} "clock_follows" "the system's clock follows others"
    ClockAlone {} "clock_alone" "the system does not say that its clock follows others"
    ClockUnknown {} "clock_unknown" "nobody could ask the system about its clock"
    DiskUnknown {} "disk_unknown" "nobody could look at the disk"
    DiskFull { free } "disk_full" "{free} GB are free"
    DiskLasts { free, days } "disk_lasts" "{free} GB are free: {days} days as things go"
    DiskUnreckoned { free } "disk_unreckoned" "{free} GB are free; nothing is recorded yet to reckon by"
    BackupUnknown {} "backup_unknown" "this version makes no backups, and does not know of yours"
    NoBackup {} "no_backup" "there is no backup"
    BackedUp { ago } "backed_up" "the last one was made {ago}"
    NotUnderstood { languages } "not_understood" "nobody understands {languages}: its calls are recorded, and have no transcripts"
    NoEngine {} "no_engine" "no engine is there"
    Engines { engines } "engines" "{engines}"
    NotAnnounced { inboxes } "not_announced" "recorded, and callers are not told: {inboxes}"
    Announced {} "announced" "callers are told wherever calls are recorded"
    NothingRecorded {} "nothing_recorded" "nothing is recorded"
    HolidaysUnknown {} "holidays_unknown" "nobody could look for them"
    NoHolidays {} "no_holidays" "no calendar has holidays in the year ahead"
    HolidaysEntered {} "holidays_entered" "they are entered"
    NoQueueStep {} "no_queue_step" "no flow leads to a queue"
    EveryWayOut {} "every_way_out" "every queue step says what becomes of a caller when nobody works"
    NoWayOut { steps } "no_way_out" "when nobody works the caller hears an apology and is hung up: {steps}"
    AllHaveSecond { count } "all_have_second" "all {count} who may change rights have one"
    WithoutSecond { logins } "without_second" "without one, and may change rights: {logins}"
    NoDemo {} "no_demo" "the demonstration is not there"
    DemoThere {} "demo_there" "people and numbers of the demonstration are there"
    DemoUnknown {} "demo_unknown" "nobody could look"
}
