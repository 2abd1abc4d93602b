//! Which passwords are taken.

const SHORTEST: usize = 8;
/// Below this length two kinds of characters are wanted.
const LONG: usize = 12;
/// Argon2 would take more; a server should not have to.
const LONGEST: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("at least 8 characters")]
    TooShort,
    #[error("at most 256 bytes")]
    TooLong,
    #[error("it must not contain the login")]
    ContainsLogin,
    #[error("letters and digits or signs, or at least 12 characters")]
    OneKind,
    #[error("it is among the first that anybody would try")]
    Common,
    /// Only where it takes the place of one.
    #[error("another one than the present")]
    Same,
}

impl WeakPassword {
    /// A word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            WeakPassword::TooShort => "too_short",
            WeakPassword::TooLong => "too_long",
            WeakPassword::ContainsLogin => "contains_login",
            WeakPassword::OneKind => "one_kind",
            WeakPassword::Common => "common",
            WeakPassword::Same => "same",
        }
    }
}

/// What everybody tries first, in lower case.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "qwertyui",
    "qwerty123",
    "iloveyou",
    "letmein1",
    "welcome1",
    "admin123",
    "administrator",
    "abc12345",
    "abcd1234",
    "a1234567",
    "1q2w3e4r",
    "1qaz2wsx",
    "q1w2e3r4",
    "zaq12wsx",
    "password1",
    "password12",
    "password123",
    "p@ssw0rd",
    "woaini520",
    "woaini1314",
    "5201314a",
    "changeme1",
    "ringdesk1",
];

pub fn check_password(login: &str, password: &str) -> Result<(), WeakPassword> {
    let characters = password.chars().count();
    if characters < SHORTEST {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > LONGEST {
        return Err(WeakPassword::TooLong);
    }
    let (lower, login) = (password.to_lowercase(), login.to_lowercase());
    if login.chars().count() >= 3 && lower.contains(&login) {
        return Err(WeakPassword::ContainsLogin);
    }
    if COMMON.contains(&lower.as_str()) || is_monotone(&lower) {
        return Err(WeakPassword::Common);
    }
    let kinds = [
        password.chars().any(char::is_alphabetic),
        password.chars().any(char::is_numeric),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if characters < LONG && kinds.iter().filter(|k| **k).count() < 2 {
        return Err(WeakPassword::OneKind);
    }
    Ok(())
}

/// All one step: `aaaaaaaa`, `12345678`, `hgfedcba`.
fn is_monotone(password: &str) -> bool {
    let points: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: Vec<i64> = points.windows(2).map(|w| w[1] - w[0]).collect();
    steps.first().is_some_and(|first| first.abs() <= 1 && steps.iter().all(|s| s == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        use WeakPassword::*;
        let long = "ä1".repeat(100);
        for (login, password, expected) in [
            ("agent1", "Tr4m-Bahn", Ok(())),
            ("agent1", "correct horse battery", Ok(())),
            ("agent1", "onlyletterslong", Ok(())),
            ("agent1", "客服中心电话号码一", Err(OneKind)),
            ("agent1", "客服中心电话号码1", Ok(())),
            ("agent1", "short1!", Err(TooShort)),
            ("agent1", "", Err(TooShort)),
            ("agent1", long.as_str(), Err(TooLong)),
            ("agent1", "myAgent1pass", Err(ContainsLogin)),
            ("al", "metal-1234", Ok(())),
            ("agent1", "Password123", Err(Common)),
            ("agent1", "12345678", Err(Common)),
            ("agent1", "zzzzzzzzzzzzzzzz", Err(Common)),
            ("agent1", "hgfedcba", Err(Common)),
            ("agent1", "onlyword", Err(OneKind)),
        ] {
            assert_eq!(check_password(login, password), expected, "{password}");
        }
    }
}
