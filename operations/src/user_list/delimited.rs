//! CSV (RFC 4180) as spreadsheets write it: comma, semicolon or tab, in UTF-8, UTF-16 or GB18030.

use super::table::{CELLS, Row, TableFault, guarded, push};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, TableFault> {
    let text = text(bytes)?;
    if text.chars().any(|c| c.is_control() && !['\t', '\r', '\n'].contains(&c)) {
        return Err(TableFault::UnknownKind);
    }
    // Excel's own word for what divides.
    let told: Option<Vec<char>> =
        text.lines().next().and_then(|first| first.strip_prefix("sep=")).map(|told| told.chars().collect());
    let (told, text) = match told.as_deref() {
        Some([divider]) => (Some(*divider), text.split_once('\n').map_or("", |(_, after)| after)),
        _ => (None, text.as_str()),
    };
    let first = if told.is_some() { 2 } else { 1 };
    split(text, told.unwrap_or_else(|| divider(text)), first)
}

fn text(bytes: &[u8]) -> Result<String, TableFault> {
    let (encoding, skip) = Encoding::for_bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(&bytes[skip..]);
    decoded.map(|text| text.into_owned()).ok_or(TableFault::Encoding)
}

/// Without a mark at its beginning: commas and line ends are half zero in UTF-16; what is no UTF-8 is what a Chinese Excel writes.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) if std::str::from_utf8(bytes).is_ok() => UTF_8,
        (0, 0) => GB18030,
        (even, odd) if even > odd => UTF_16BE,
        _ => UTF_16LE,
    }
}

/// What divides the names of the columns most often.
fn divider(text: &str) -> char {
    let mut quoted = false;
    let head: String = text
        .trim_start()
        .chars()
        .take_while(|c| {
            quoted ^= *c == '"';
            quoted || !['\r', '\n'].contains(c)
        })
        .collect();
    // What stands in quotes divides nothing.
    let bare: String = head.split('"').step_by(2).collect();
    let count = |divider: &char| bare.matches(*divider).count();
    // Of equals the last one wins.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

fn split(text: &str, divider: char, first: u32) -> Result<Vec<Row>, TableFault> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut quoted) = (first, first, None);
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        match c {
            '"' if quoted.is_some() && all.peek() == Some(&'"') => {
                all.next();
                cell.push('"');
            }
            '"' if quoted.is_some() => quoted = None,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = Some(line);
            }
            '\r' if all.peek() == Some(&'\n') => {}
            '\r' | '\n' => {
                line += 1;
                if quoted.is_some() {
                    cell.push('\n');
                } else {
                    cells.push(std::mem::take(&mut cell));
                    push(&mut rows, begun, std::mem::take(&mut cells))?;
                    begun = line;
                }
            }
            c if c == divider && quoted.is_none() => {
                if cells.len() >= CELLS {
                    return Err(TableFault::TooLarge(format!("row {begun} has more than {CELLS} cells")));
                }
                cells.push(std::mem::take(&mut cell));
            }
            c => cell.push(c),
        }
    }
    if let Some(line) = quoted {
        return Err(TableFault::Damaged(format!("the quotation mark in row {line} is never closed")));
    }
    cells.push(cell);
    push(&mut rows, begun, cells)?;
    Ok(rows)
}

/// For Excel, too: with a mark at the beginning, line ends of RFC 4180, and no formulas.
pub fn written(rows: &[Vec<String>]) -> String {
    let mut text = "\u{feff}".to_owned();
    for row in rows {
        let cells = row.iter().map(|cell| {
            let cell = guarded(cell);
            match cell.contains([',', ';', '"', '\n', '\r', '\t']) {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell,
            }
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        rows(bytes).unwrap().into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = vec![vec!["账号", "姓名"], vec!["li", "李雷"]];
        let text = "账号,姓名\r\nli,李雷\r\n";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
            GB18030.encode(text).0.into_owned(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            marked(b"\xFF\xFE", utf16(u16::to_le_bytes)),
            marked(b"\xFE\xFF", utf16(u16::to_be_bytes)),
            text.replace(',', ";").into_bytes(),
            text.replace(',', "\t").into_bytes(),
            format!("sep=;\r\n{}", text.replace(',', ";")).into_bytes(),
            text.replace("\r\n", "\r").into_bytes(),
        ] {
            assert_eq!(cells(&bytes), expected, "{bytes:?}");
        }
        assert_eq!(rows(b"login\n\xff\xff\xff"), Err(TableFault::Encoding));
    }

    #[test]
    fn quoted_cells_hold_dividers_quotes_and_lines() {
        let read = rows(b"login,queues\r\n\r\na,\"Sales:1, \"\"VIP\"\"\nSupport\"\r\nb,x").unwrap();
        assert_eq!(read.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3, 5]);
        assert_eq!(read[1].cells, ["a", "Sales:1, \"VIP\"\nSupport"]);
        assert_eq!(
            rows(b"login\n\"a\nb"),
            Err(TableFault::Damaged("the quotation mark in row 2 is never closed".into()))
        );
    }

    #[test]
    fn there_is_an_end_to_rows_and_cells() {
        let rows_of = |count: usize| "login\n".to_owned() + &"a\n".repeat(count);
        assert_eq!(rows(rows_of(5_000).as_bytes()).unwrap().len(), 5_001);
        for wild in [rows_of(5_001), ",".repeat(1_000), "x".repeat(3_000)] {
            assert!(matches!(rows(wild.as_bytes()), Err(TableFault::TooLarge(_))), "{}", wild.len());
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let all = vec![vec!["login;x;y".to_owned(), "name".into()], vec!["=x".into(), "A, \"B\"\nC".into()]];
        let text = written(&all);
        assert!(text.contains("\r\n'=x,"), "{text:?}");
        assert_eq!(cells(text.as_bytes()), all);
    }
}
