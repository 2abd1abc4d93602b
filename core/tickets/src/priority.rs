//! How pressing a ticket is: it stands before others, and has less time.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    pub fn parse(name: &str) -> Option<Priority> {
        Priority::ALL.into_iter().find(|priority| priority.as_str() == name)
    }

    /// Higher stands first.
    pub const fn rank(self) -> i64 {
        self as i64
    }

    pub fn of_rank(rank: i64) -> Option<Priority> {
        Priority::ALL.into_iter().find(|priority| priority.rank() == rank)
    }

    /// What of a type's limit (minutes of business time) this one has: twice of it, all, half, a quarter; at least a minute.
    pub const fn limit(self, minutes: u32) -> u32 {
        let minutes = match self {
            Priority::Low => minutes.saturating_mul(2),
            Priority::Normal => minutes,
            Priority::High => minutes / 2,
            Priority::Urgent => minutes / 4,
        };
        if minutes == 0 { 1 } else { minutes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S8.11
    #[test]
    fn the_more_pressing_the_sooner() {
        assert_eq!(Priority::ALL.map(|p| p.limit(480)), [960, 480, 240, 120]);
        assert_eq!(Priority::ALL.map(|p| p.limit(1)), [2, 1, 1, 1]);
        assert_eq!(Priority::ALL.map(|p| p.limit(u32::MAX))[0], u32::MAX);
        for priority in Priority::ALL {
            assert_eq!(Priority::parse(priority.as_str()), Some(priority));
            assert_eq!(Priority::of_rank(priority.rank()), Some(priority));
        }
        assert!(Priority::Urgent.rank() > Priority::Low.rank());
        assert_eq!(Priority::of_rank(9), None);
    }
}
