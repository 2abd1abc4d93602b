//! Whom of a department a ticket falls to.

use ringdesk_model::UserId;

/// How much one of a department has at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub user: UserId,
    /// Tickets that are theirs and not solved.
    pub at_work: i64,
}

/// Who has the fewest; of equals whoever stands first, so that the same question has the same answer.
pub fn falls_to(department: &[Load]) -> Option<UserId> {
    department.iter().min_by_key(|load| (load.at_work, load.user)).map(|load| load.user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    /// Rows: S8.3
    #[test]
    fn who_has_the_fewest_gets_the_next_and_all_get_the_same() {
        let mut ids = Ids::seeded(1);
        let mut team: Vec<Load> = (0..3).map(|at_work| Load { user: ids.next(Timestamp(0)), at_work }).collect();
        assert_eq!(falls_to(&[]), None);
        for _ in 0..30 {
            let user = falls_to(&team).unwrap();
            team.iter_mut().find(|load| load.user == user).unwrap().at_work += 1;
        }
        assert!(team.iter().all(|load| load.at_work == 11), "{team:?}");
    }
}
