//! Which bytes somebody wants (RFC 9110 §14). One range is served; whoever wants several gets all, as the RFC allows.

/// What to send of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    /// From the first to the last byte, both inclusive.
    Part {
        first: u64,
        last: u64,
    },
    /// Nothing of it is there: 416.
    Nothing,
}

/// Read a `Range` header. What is not understood is as if it were not there.
pub(crate) fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let Some(set) = header.and_then(|h| h.trim().strip_prefix("bytes=")) else { return Wanted::All };
    let Some((first, last)) = set.trim().split_once('-').filter(|_| !set.contains(',')) else { return Wanted::All };
    let number = |text: &str| match text {
        _ if !text.bytes().all(|b| b.is_ascii_digit()) => Err(()),
        "" => Ok(None),
        // Longer than any file: beyond its end.
        digits => Ok(Some(digits.parse().unwrap_or(u64::MAX))),
    };
    match (number(first.trim()), number(last.trim())) {
        (Ok(Some(first)), Ok(last)) => match last {
            Some(last) if last < first => Wanted::All,
            _ if first >= length => Wanted::Nothing,
            last => Wanted::Part { first, last: last.unwrap_or(u64::MAX).min(length - 1) },
        },
        (Ok(None), Ok(Some(count))) if count == 0 || length == 0 => Wanted::Nothing,
        (Ok(None), Ok(Some(count))) => Wanted::Part { first: length.saturating_sub(count), last: length - 1 },
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_players_and_strangers_send_them() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, wants) in [
            ("bytes=0-", part(0, 99)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=90-1000", part(90, 99)),
            ("bytes=99-", part(99, 99)),
            ("bytes=-10", part(90, 99)),
            ("bytes=-1000", part(0, 99)),
            ("bytes= 5 - 6 ", part(5, 6)),
            ("bytes=3-99999999999999999999999", part(3, 99)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=20-10", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=1-2", Wanted::All),
            ("", Wanted::All),
        ] {
            assert_eq!(wanted(Some(header), 100), wants, "{header}");
        }
        assert_eq!(wanted(None, 100), Wanted::All);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Nothing);
    }
}
