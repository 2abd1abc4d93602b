//! What only looks like a quantity: telephone numbers and codes, said digit by digit.

use super::Said;
use super::scan::{Place, digits};
use crate::speakable::Speakable;

/// `+86 138 0013 8000`, `(555) 123-4567`, `010-12345678`, `13800138000`, and any figures after `call` or 拨打.
pub(super) fn phone(place: &Place) -> Said {
    let text = place.rest;
    let plus = text.starts_with('+');
    let bracket = text.starts_with('(');
    if !plus && !bracket && digits(text) == 0 {
        return None;
    }
    // Figures with single signs between them.
    let (mut length, mut figures, mut groups) = (usize::from(plus), 0, 0);
    loop {
        let signs = text[length..].bytes().take_while(|b| matches!(b, b' ' | b'-' | b'(' | b')')).count();
        let allowed =
            signs == 0 || (groups == 0 && bracket) || signs == 1 || (signs == 2 && text[length..].starts_with(") "));
        let group = digits(&text[length + signs..]);
        // Numbers side by side in a sentence are not one number: a space joins only after + or a bracket.
        let spaced = text[length..].starts_with(' ') && !plus && !bracket;
        if group == 0 || !allowed || spaced {
            break;
        }
        length += signs + group;
        figures += group;
        groups += 1;
    }
    if groups == 0 || !place.ends_at(length) || figures > 17 {
        return None;
    }
    let number = &text[..length];
    let mobile =
        groups == 1 && figures == 11 && number.starts_with('1') && !matches!(number.as_bytes()[1], b'0'..=b'2');
    let written_so =
        groups > 1 && (7..=15).contains(&figures) && number.split(['-', ' ', '(', ')']).all(|g| g.len() <= 9);
    let told_so = figures >= 3 && place.after_phone_word() && !goes_on(&text[length..]);
    let telephone = (plus && figures >= 7) || mobile || (written_so && !place.after_code_word()) || told_so;
    telephone.then(|| (place.language.phone(number), length))
}

/// `AB12345`, `RD-2026-001`, `#4711`, and figures after `order` or 验证码.
pub(super) fn code(place: &Place) -> Said {
    let text = place.rest;
    let hash = usize::from(text.starts_with('#'));
    let token = text[hash..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    let token = text[hash..hash + token].trim_end_matches('-');
    let (letters, figures) = (count(token, u8::is_ascii_alphabetic), count(token, u8::is_ascii_digit));
    if figures == 0 {
        return None;
    }
    let length = hash + token.len();
    let upper = !token.bytes().any(|b| b.is_ascii_lowercase());
    let longest_word = token.split(|c: char| !c.is_ascii_alphabetic()).map(str::len).max().unwrap_or(0);
    let mixed = letters > 0 && upper && longest_word <= 4;
    let told_so =
        (hash == 1 || place.after_code_word()) && figures >= 3 && letters + figures <= 40 && longest_word <= 4;
    (mixed || told_so).then(|| (place.language.digits(token), length))
}

fn count(text: &str, of: fn(&u8) -> bool) -> usize {
    text.bytes().filter(of).count()
}

/// A point or comma with figures behind it: the number is not over.
fn goes_on(text: &str) -> bool {
    text.strip_prefix(['.', ',']).is_some_and(|r| digits(r) > 0)
}
