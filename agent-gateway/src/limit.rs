//! How much of a list somebody reads at once.

use crate::problem::Problem;

/// What they ask for, or, where they do not say, `usual`: 1 to `most`.
pub(crate) fn limit(asked: Option<i64>, usual: i64, most: i64) -> Result<i64, Problem> {
    match asked.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Problem::invalid(format!("limit is 1 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_bounds() {
        let read = |asked| limit(asked, 20, 100);
        assert_eq!([None, Some(1), Some(100)].map(|asked| read(asked).ok()), [Some(20), Some(1), Some(100)]);
        assert_eq!([Some(0), Some(-1), Some(101)].map(|asked| read(asked).ok()), [None; 3]);
    }
}
