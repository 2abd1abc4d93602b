//! A file that somebody uploads, as rows of text: CSV in the encodings that spreadsheets write, or a workbook. What it is, its
//! content says, not its name.

use super::{delimited, workbook};

/// Rows of people; a larger house is brought in several files.
pub const ROWS: usize = 5_000;
/// Cells of a row that are looked at.
pub(super) const CELLS: usize = 60;
/// Characters of a cell.
pub(super) const CELL: usize = 2_000;

/// A row with something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As a person counts: the first is 1.
    pub line: u32,
    pub cells: Vec<String>,
}

/// Why a file as a whole cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    #[error("empty: there is nothing in this file")]
    Empty,
    #[error("unknown_kind: this is neither CSV nor an Excel workbook (.xlsx)")]
    UnknownKind,
    #[error("old_excel: this is an old or protected Excel file; save it as .xlsx without a password, or as CSV")]
    OldExcel,
    #[error("encoding: the text is not UTF-8, UTF-16 or GB18030; save it as \"CSV UTF-8\"")]
    Encoding,
    #[error("damaged: {0}")]
    Damaged(String),
    #[error("too_large: {0}")]
    TooLarge(String),
    #[error("no_login: the first row names the columns, and one of them is \"login\" (账号)")]
    NoLogin,
    #[error("column_twice: the column {0:?} is there twice")]
    ColumnTwice(String),
}

/// The rows that have something in them.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, TableFault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(TableFault::Empty);
    }
    let rows = match bytes {
        [b'P', b'K', 3 | 5, ..] => workbook::rows(bytes)?,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(TableFault::OldExcel),
        [b'%', b'P', b'D', b'F', ..] | [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [0x1F, 0x8B, ..] => {
            return Err(TableFault::UnknownKind);
        }
        _ => delimited::rows(bytes)?,
    };
    if rows.is_empty() { Err(TableFault::Empty) } else { Ok(rows) }
}

/// Adds a row, unless it is blank.
pub(super) fn push(rows: &mut Vec<Row>, line: u32, cells: Vec<String>) -> Result<(), TableFault> {
    // A sheet may hold what no text does.
    let plain = |cell: String| cell.replace(|c: char| c.is_control() && c != '\n', " ");
    let cells: Vec<String> = cells.into_iter().map(|cell| unguarded(plain(cell).trim()).to_owned()).collect();
    if let Some(long) = cells.iter().find(|cell| cell.chars().count() > CELL) {
        let begins: String = long.chars().take(20).collect();
        return Err(TableFault::TooLarge(format!("row {line} has a cell of more than {CELL} characters: {begins:?}…")));
    }
    if cells.iter().any(|cell| !cell.is_empty()) {
        // With the one that names the columns.
        if rows.len() > ROWS {
            return Err(TableFault::TooLarge(format!("more than {ROWS} rows; bring them in several files")));
        }
        rows.push(Row { line, cells });
    }
    Ok(())
}

/// A spreadsheet calculates what begins so.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection).
pub(super) fn guarded(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// What [`guarded`] was given.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// Also one that is guarded already: else the way back would take away more than was put there.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_of_files_are_named_for_what_they_are() {
        for (bytes, expected) in [
            (&b""[..], TableFault::Empty),
            (b" \r\n\t", TableFault::Empty),
            (b"\xEF\xBB\xBF\r\n", TableFault::Empty),
            (b"%PDF-1.7 and so on", TableFault::UnknownKind),
            (b"\x89PNG\r\n\x1a\n", TableFault::UnknownKind),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", TableFault::OldExcel),
            (b"login,name\n\x01\x02,\x03", TableFault::UnknownKind),
        ] {
            assert_eq!(read(bytes), Err(expected), "{bytes:?}");
        }
        assert!(matches!(read(b"PK\x03\x04 but no archive"), Err(TableFault::Damaged(_))));
    }

    /// Rows: S12.15
    #[test]
    fn no_cell_is_a_formula_and_all_come_back() {
        for cell in ["=1+1", "+49", "-2", "@SUM(A1)", "\tx", "plain", "'quoted'", "it's", "'=1", "''=1"] {
            let written = guarded(cell);
            assert!(!written.starts_with(FORMULA), "{written}");
            assert_eq!(unguarded(&written), cell);
        }
    }
}
