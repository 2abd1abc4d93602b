//! What a channel can. What it cannot is said so where somebody would want it, not found out by trying.

use serde::Serialize;

/// Of one kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// Kinds of content that it carries (`text`). Others are refused before anything is stored.
    pub types: &'static [&'static str],
    /// Files go beside its texts, both ways.
    pub files: bool,
    /// Of one text, in characters.
    pub text_limit: usize,
    /// Of one request, in bytes.
    pub body_limit: usize,
    /// What was sent can be taken back on the other side.
    pub recall: bool,
    pub edit: bool,
    /// The other side says what was delivered and read.
    pub receipts: bool,
    /// The other side knows a text that it is handed twice by its id.
    pub idempotent: bool,
}

/// The API channel. Whoever takes its texts is told in docs/channels.md to know them by `webhook-id`, so it is idempotent; an
/// inbox may say that its receiver is not.
pub const API: Capabilities = Capabilities {
    types: &["text"],
    files: true,
    text_limit: 8_000,
    body_limit: 64 * 1024,
    recall: true,
    edit: true,
    receipts: true,
    idempotent: true,
};

/// Visitors of web sites: the page takes what is stored from its socket, and knows it by its number.
pub const WEB: Capabilities = Capabilities {
    types: &["text"],
    files: true,
    text_limit: 4_000,
    body_limit: 64 * 1024,
    recall: true,
    edit: true,
    receipts: true,
    idempotent: true,
};
