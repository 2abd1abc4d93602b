//! What somebody without the right to see numbers sees.

use crate::number::calling_code_length;

const DOT: char = '•';

/// `+4930123456` → `+49•••••456`. Country code and the last three digits stay (two of a short number); extensions of up
/// to four digits are no personal data and stay whole. Of a name in place of a number the first letter stays.
pub fn mask_number(number: &str) -> String {
    let trimmed = number.trim();
    let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
    let international = trimmed.starts_with('+');
    // Anything but digits and the marks people write between them: a name, an address.
    if !trimmed.chars().all(|c| c.is_ascii_digit() || " +-().*#/".contains(c)) {
        return trimmed.chars().next().map_or_else(String::new, |first| format!("{first}{DOT}{DOT}{DOT}"));
    }
    if digits.len() <= 4 && !international {
        return digits;
    }
    let code = if international { calling_code_length(&digits).min(digits.len()) } else { 0 };
    let rest = &digits[code..];
    let shown = if rest.len() >= 7 { 3 } else { rest.len().saturating_sub(2).min(2) };
    let hidden = rest.len() - shown;
    let mut masked = String::new();
    if international {
        masked.push('+');
        masked.push_str(&digits[..code]);
    }
    masked.extend(std::iter::repeat_n(DOT, hidden));
    masked.push_str(&rest[hidden..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S12.9
    #[test]
    fn numbers_show_where_they_come_from_and_how_they_end() {
        for (number, masked) in [
            ("+4930123456", "+49•••••456"),
            ("+8613800138000", "+86••••••••000"),
            ("+14155550100", "+1•••••••100"),
            ("+358401234567", "+358••••••567"),
            ("13800138000", "••••••••000"),
            ("+49 30 / 123-456", "+49•••••456"),
            ("030123", "••••23"),
            ("95588", "•••88"),
            ("2001", "2001"),
            ("", ""),
            ("+", "+"),
            ("+49", "+49"),
            ("+491", "+49•"),
            ("alice", "a•••"),
            ("anonymous@example.org", "a•••"),
            ("张伟", "张•••"),
        ] {
            assert_eq!(mask_number(number), masked, "{number}");
        }
    }
}
