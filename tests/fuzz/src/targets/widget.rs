//! What the page of a web site's visitor says over its socket, and the addresses of pages that are kept of them.

use ringdesk_channels::capabilities::WEB;
use ringdesk_channels::web::{self, Frame};
use ringdesk_conversations::clean_address;

/// A frame; and the same bytes as the address of a page.
pub(super) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match web::read(&text) {
        Ok(Frame::Send(written)) => {
            assert!(written.text.reveal().trim().chars().count() <= WEB.text_limit);
            assert!(!written.text.reveal().trim().is_empty() || !written.files.is_empty(), "it says something");
            assert!((1..=200).contains(&written.id.len()));
        }
        Ok(Frame::Hello(hello)) => {
            assert!(hello.after >= 0 && !hello.token.reveal().is_empty());
            address(hello.page.url.as_deref().unwrap_or_default());
        }
        Ok(_) => {}
        Err((_, why)) => assert!(!why.code().is_empty() && !why.to_string().is_empty()),
    }
    address(&text);
}

/// Nothing of an account, no address of mail and no number of somebody's is left, and what is left stays as it is.
fn address(text: &str) {
    let kept = clean_address(text);
    assert!(kept.chars().count() <= 500, "{kept}");
    assert!(!kept.contains('#') && !kept.contains('@'), "{kept}");
    let longest = kept.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    let host = kept.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    let of_host = host.into_iter().flat_map(|host| host.split(|c: char| !c.is_ascii_digit())).map(str::len).max();
    assert!(longest < Some(7) || of_host >= Some(7), "{kept}");
    // What was cut may end in the middle of a name.
    assert!(kept.chars().count() >= 490 || clean_address(&kept) == kept, "what is clean stays clean: {kept}");
}
