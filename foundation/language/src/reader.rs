//! A written text made speakable: whatever a flow, a bot or an order system wrote with figures in it.
//!
//! Rules are tried in their order at each place where a figure (or a code) may start; the first that fits says it. Where
//! the signs leave a doubt, the words before decide: `order 12345` is said digit by digit, `12345 people` is a number.

mod numbers;
mod numerals;
mod scan;

use ringdesk_model::Language;
use scan::Place;

/// What was said, and how many bytes of the text it stands for.
type Said = Option<(String, usize)>;

const RULES: [fn(&Place) -> Said; 9] = [
    numbers::money,
    numbers::date,
    numbers::time,
    numerals::phone,
    numerals::code,
    numbers::range,
    numbers::version,
    numbers::percent,
    numbers::plain,
];

/// Every figure as words. Text without figures comes back as it is; reading twice changes nothing more.
pub fn read(text: &str, language: Language) -> String {
    let text = narrow(text);
    let mut said = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let place = Place { language, before: &text[..at], rest: &text[at..] };
        let figure = if place.may_start() { RULES.iter().find_map(|rule| rule(&place)) } else { None };
        match figure {
            Some((word, length)) => {
                // A word must not grow together with the one before it: `agent1`, `iPhone15`.
                if said.ends_with(|c: char| c.is_ascii_alphanumeric()) && word.starts_with(|c: char| c.is_ascii()) {
                    said.push(' ');
                }
                said.push_str(&word);
                at += length;
                if word.ends_with(|c: char| c.is_ascii()) && text[at..].starts_with(|c: char| c.is_ascii_alphanumeric())
                {
                    said.push(' ');
                }
            }
            None => {
                said.push(first);
                at += first.len_utf8();
            }
        }
    }
    said
}

/// Does a number between these count things? Then Mandarin says 两 for 2: `2位` but `第2位`.
pub(crate) fn counts(language: Language, before: &str, after: &str) -> bool {
    const THINGS: &[&str] = &[
        "个", "位", "名", "次", "分钟", "秒", "天", "年", "周", "星期", "小时", "点", "元", "块", "美元", "欧元",
        "英镑", "条", "件", "张", "台", "人", "部", "辆", "斤", "公里", "公斤", "米", "倍", "种", "家", "遍", "岁",
        "层", "份", "单", "笔", "项", "组", "只", "万", "亿", "千", "百", "封", "批", "盒", "箱", "包", "瓶", "双",
        "套", "款",
    ];
    let after = after.trim_start_matches(' ');
    language == Language::ZhCn
        && !before.trim_end().ends_with('第')
        && THINGS.iter().any(|thing| after.starts_with(thing))
}

/// Full-width figures, as Chinese keyboards write them, become the usual ones.
fn narrow(text: &str) -> String {
    let characters: Vec<char> = text.chars().map(|c| if ('０'..='９').contains(&c) { shift(c) } else { c }).collect();
    let digit = |i: Option<usize>| i.and_then(|i| characters.get(i)).is_some_and(char::is_ascii_digit);
    (0..characters.len())
        .map(|i| match characters[i] {
            c @ ('：' | '．') if digit(i.checked_sub(1)) && digit(Some(i + 1)) => shift(c),
            c @ ('％' | '＋' | '＃') => shift(c),
            c => c,
        })
        .collect()
}

fn shift(wide: char) -> char {
    char::from_u32(u32::from(wide).wrapping_sub(0xFEE0)).unwrap_or(wide)
}

#[cfg(test)]
mod tests;
