//! Looking at a text around one place.

use ringdesk_model::Language;

/// A place in a text, with what stands before and from here on.
pub(super) struct Place<'a> {
    pub(super) language: Language,
    pub(super) before: &'a str,
    pub(super) rest: &'a str,
}

/// Words after which figures are a telephone number. In lower case; the English ones as whole words.
const PHONE_WORDS: &[&str] =
    &["call", "dial", "phone", "telephone", "hotline", "fax", "tel", "mobile", "phone number", "extension"];
const PHONE_WORDS_ZH: &[&str] =
    &["电话", "拨打", "拨", "手机", "手机号", "号码", "热线", "致电", "分机", "分机号", "传真"];
/// Words after which figures are a code.
const CODE_WORDS: &[&str] = &[
    "order",
    "order number",
    "code",
    "ticket",
    "ticket number",
    "pin",
    "case",
    "case number",
    "reference",
    "tracking number",
    "account",
    "account number",
    "invoice",
    "card number",
    "ending in",
    "postcode",
    "zip",
];
const CODE_WORDS_ZH: &[&str] = &[
    "订单",
    "订单号",
    "单号",
    "工单",
    "编号",
    "验证码",
    "工号",
    "代码",
    "卡号",
    "账号",
    "密码",
    "尾号",
    "邮编",
    "房间号",
];

impl Place<'_> {
    /// Figures, codes and amounts start after anything but a Latin letter or a figure.
    pub(super) fn may_start(&self) -> bool {
        let first = self.rest.chars().next().unwrap_or(' ');
        let second = self.rest.chars().nth(1).unwrap_or(' ');
        let inside = self.before.ends_with(|c: char| c.is_ascii_alphanumeric());
        match first {
            '0'..='9' => !self.before.ends_with(|c: char| c.is_ascii_digit()),
            'A'..='Z' | 'a'..='z' => !inside,
            '¥' | '￥' | '€' | '£' | '$' | '+' | '#' => second.is_ascii_digit(),
            '-' => second.is_ascii_digit() && !inside && !self.before.ends_with('-'),
            '(' => second.is_ascii_digit(),
            _ => false,
        }
    }

    pub(super) fn after(&self, length: usize) -> &str {
        &self.rest[length..]
    }

    /// Nothing goes on in Latin letters or figures after `length` bytes.
    pub(super) fn ends_at(&self, length: usize) -> bool {
        !self.after(length).starts_with(|c: char| c.is_ascii_alphanumeric())
    }

    pub(super) fn after_phone_word(&self) -> bool {
        self.after_word(PHONE_WORDS, PHONE_WORDS_ZH)
    }

    pub(super) fn after_code_word(&self) -> bool {
        self.after_word(CODE_WORDS, CODE_WORDS_ZH)
    }

    fn after_word(&self, english: &[&str], chinese: &[&str]) -> bool {
        let before = self.before.trim_end_matches([' ', ':', '：', '#', '.', '是', '为']);
        // As far back as the longest word may reach, and one character more.
        let tail: String = before.chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
        let tail = tail.to_lowercase();
        let tail = tail.strip_suffix(" is").unwrap_or(&tail);
        let whole =
            |word: &&str| tail.strip_suffix(*word).is_some_and(|b| !b.ends_with(|c: char| c.is_ascii_alphanumeric()));
        english.iter().any(whole) || chinese.iter().any(|w| tail.ends_with(w))
    }
}

/// How many bytes of figures the text starts with.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A number at the start of the text, maybe with thousands (`1,234`) and a fraction: its plain spelling and its length.
pub(super) fn number(text: &str) -> Option<(String, usize)> {
    let mut length = digits(text);
    if length == 0 {
        return None;
    }
    let mut plain = text[..length].to_owned();
    if length <= 3 {
        while let Some(group) = text[length..].strip_prefix(',').filter(|g| digits(g) == 3) {
            plain.push_str(&group[..3]);
            length += 4;
        }
    }
    if let Some(fraction) = text[length..].strip_prefix('.').filter(|f| digits(f) > 0) {
        let fraction_length = digits(fraction);
        plain.push('.');
        plain.push_str(&fraction[..fraction_length]);
        length += 1 + fraction_length;
    }
    Some((plain, length))
}
