//! Lists of users: text in the encodings and with the dividers of spreadsheets, or an Excel workbook.

use ringdesk_operations::user_list::{ROWS, read_table, write_table};

pub(super) fn run(bytes: &[u8]) {
    let Ok(rows) = read_table(bytes) else { return };
    assert!(!rows.is_empty() && rows.len() <= ROWS + 1, "{}", rows.len());
    assert!(rows.iter().all(|row| row.line > 0 && row.cells.iter().any(|cell| !cell.is_empty())));
    let cells: Vec<Vec<String>> = rows.into_iter().map(|row| row.cells).collect();
    // This says what divides, and is no title.
    if cells[0][0].starts_with("sep=") {
        return;
    }
    let text = write_table(&cells);
    for cell in cells.iter().flatten() {
        assert!(!cell.contains(|c: char| c.is_control() && c != '\n'), "{cell:?}");
    }
    let again = read_table(text.as_bytes()).expect("what was written is read");
    assert_eq!(again.into_iter().map(|row| row.cells).collect::<Vec<_>>(), cells, "{text:?}");
}
