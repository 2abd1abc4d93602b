//! Rooms in which staff write to each other. What is said there is no conversation: it has no contact, no channel and no queue, and
//! whatever reads, exports or hands over conversations cannot come by it.
//!
//! The laws of texts hold here, too: what a line may be ([`crate::text_body`]), the name by which its sender knows it again
//! ([`crate::text_name`]), and for how long it is taken back ([`crate::may_change_text`]).

use ringdesk_language::search::{NameQuery, folded};
use ringdesk_model::UserId;

/// Of a room's name, in characters.
pub const ROOM_NAME: usize = 60;
/// People of one room.
pub const ROOM_PEOPLE: usize = 100;
/// Named rooms of one account.
pub const ROOMS: i64 = 500;
/// Of one person in all rooms, in any minute.
pub const LINES_A_MINUTE: i64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    #[error("a room has a name of 1 to 60 characters")]
    Name,
    #[error("a room has at most 100 people")]
    TooMany,
    #[error("an account has at most 500 rooms: leave some that nobody needs")]
    TooManyRooms,
    #[error("at most 40 lines in a minute: wait a moment")]
    TooFast,
    #[error("a direct message is between two people: make a room for more")]
    Direct,
    #[error("nobody writes to themselves")]
    Oneself,
    #[error("this person is out of use")]
    OutOfUse,
}

impl StaffRefusal {
    /// Another time, or in another room, the same is right.
    pub fn is_of_the_moment(self) -> bool {
        !matches!(self, StaffRefusal::Name | StaffRefusal::Oneself)
    }
}

/// The name as it is kept: one line, one blank between words.
pub fn room_name(name: &str) -> Result<String, StaffRefusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=ROOM_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
    if fits { Ok(name) } else { Err(StaffRefusal::Name) }
}

/// Two people, in the one order in which their direct messages are found.
pub fn pair(one: UserId, other: UserId) -> Result<(UserId, UserId), StaffRefusal> {
    match one.cmp(&other) {
        std::cmp::Ordering::Equal => Err(StaffRefusal::Oneself),
        std::cmp::Ordering::Less => Ok((one, other)),
        std::cmp::Ordering::Greater => Ok((other, one)),
    }
}

/// So many people in a room.
pub fn may_hold(people: usize) -> Result<(), StaffRefusal> {
    if people <= ROOM_PEOPLE { Ok(()) } else { Err(StaffRefusal::TooMany) }
}

/// `within_a_minute`: what they have said in the last one.
pub fn may_say(within_a_minute: i64) -> Result<(), StaffRefusal> {
    if within_a_minute < LINES_A_MINUTE { Ok(()) } else { Err(StaffRefusal::TooFast) }
}

/// Does a name answer what was typed: by any part of it, or by its sound (pinyin, or its initials)? Nothing typed: every name does.
pub fn name_answers(typed: &str, name: &str) -> bool {
    let typed = folded(typed.trim());
    let in_it = || folded(name).contains(&typed);
    let sounds = || NameQuery::parse(&typed).is_some_and(|query| query.matches(name));
    typed.is_empty() || in_it() || sounds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    /// Rows: S7.19
    #[test]
    fn a_room_has_a_name_of_one_line() {
        assert_eq!(room_name("  二线 \n Support "), Ok("二线 Support".into()));
        assert_eq!(room_name(&"客".repeat(ROOM_NAME)).map(|name| name.chars().count()), Ok(ROOM_NAME));
        for bad in ["", " \n", "a\u{0}b", &"客".repeat(ROOM_NAME + 1)] {
            assert_eq!(room_name(bad), Err(StaffRefusal::Name), "{bad:?}");
        }
    }

    /// Rows: S7.19
    #[test]
    fn two_people_have_one_pair_whoever_begins() {
        let (now, mut ids) = (Timestamp(0), Ids::seeded(3));
        let (one, other): (UserId, UserId) = (ids.next(now), ids.next(now));
        assert_eq!(pair(one, other), pair(other, one));
        assert_eq!(pair(one, one), Err(StaffRefusal::Oneself));
    }

    #[test]
    fn people_and_lines_are_bounded() {
        assert_eq!((may_hold(ROOM_PEOPLE), may_hold(ROOM_PEOPLE + 1)), (Ok(()), Err(StaffRefusal::TooMany)));
        assert_eq!((may_say(LINES_A_MINUTE - 1), may_say(LINES_A_MINUTE)), (Ok(()), Err(StaffRefusal::TooFast)));
        assert!(StaffRefusal::TooFast.is_of_the_moment() && !StaffRefusal::Name.is_of_the_moment());
    }

    /// Rows: S7.19
    #[test]
    fn names_are_found_by_their_parts_and_by_sound() {
        for typed in ["", "张", "zhangsan", "zs", "San"] {
            assert!(name_answers(typed, "张三 San"), "{typed}");
        }
        assert!(name_answers("ern", "Bernd Becker"));
        assert!(!name_answers("xyz", "张三"));
        assert!(!name_answers("!", "Bernd"));
    }
}
