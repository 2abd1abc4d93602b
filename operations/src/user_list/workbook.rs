//! The first sheet of an Excel workbook (ECMA-376): a ZIP archive of XML parts. Read by hand within a budget, because a few
//! kilobytes of somebody else's archive may unpack to gigabytes, and one cell may lie in column XFD of row 1,048,576.

use super::table::{CELLS, Row, TableFault, push};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// Bytes that all parts together may unpack to.
const BUDGET: usize = 32 * 1024 * 1024;
/// Parts of an archive.
const PARTS: usize = 2_000;
/// Texts that cells may name.
const TEXTS: usize = 200_000;

pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, TableFault> {
    let mut archive = Archive { bytes, parts: directory(bytes)?, left: BUDGET };
    let workbook = archive.part("xl/workbook.xml")?.ok_or_else(|| damaged("this archive is no workbook"))?;
    let sheet = first_sheet(&workbook)?;
    let links = archive.part("xl/_rels/workbook.xml.rels")?.ok_or_else(|| damaged("the sheets are missing"))?;
    let path = target(&links, &sheet)?.ok_or_else(|| damaged("the first sheet is missing"))?;
    let shared = match archive.part("xl/sharedStrings.xml")? {
        Some(part) => shared_texts(&part)?,
        None => Vec::new(),
    };
    let sheet = archive.part(&path)?.ok_or_else(|| damaged("the first sheet is missing"))?;
    cells(&sheet, &shared)
}

struct Archive<'a> {
    bytes: &'a [u8],
    parts: BTreeMap<String, Part>,
    left: usize,
}

struct Part {
    offset: usize,
    packed: usize,
    method: u16,
}

impl Archive<'_> {
    /// A part, unpacked; `None`: there is none of this name.
    fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, TableFault> {
        let Some(part) = self.parts.get(name) else { return Ok(None) };
        let broken = || damaged("the archive is damaged");
        // APPNOTE 4.3.7: the local header has lengths of its own.
        let head = self.bytes.get(part.offset..).filter(|b| b.starts_with(b"PK\x03\x04")).ok_or_else(broken)?;
        let skip = 30 + usize::from(u16_at(head, 26)?) + usize::from(u16_at(head, 28)?);
        let packed = head.get(skip..skip.saturating_add(part.packed)).ok_or_else(broken)?;
        let large = || TableFault::TooLarge("it unpacks to more than a list of users has".into());
        let plain = match part.method {
            0 if packed.len() <= self.left => packed.to_vec(),
            0 => return Err(large()),
            8 => decompress_to_vec_with_limit(packed, self.left).map_err(|fault| match fault.status {
                TINFLStatus::HasMoreOutput => large(),
                _ => broken(),
            })?,
            _ => return Err(damaged("it is packed in an unusual way; save it as CSV")),
        };
        self.left -= plain.len();
        Ok(Some(plain))
    }
}

/// The central directory (APPNOTE 4.3.12).
fn directory(bytes: &[u8]) -> Result<BTreeMap<String, Part>, TableFault> {
    let broken = || damaged("the archive breaks off");
    let tail = bytes.len().saturating_sub(65_557);
    let end = bytes[tail..].windows(4).rposition(|w| w == b"PK\x05\x06").ok_or_else(broken)?;
    let end = &bytes[tail + end..];
    let (count, mut at) = (usize::from(u16_at(end, 10)?), u32_at(end, 16)? as usize);
    if count > PARTS {
        return Err(TableFault::TooLarge("this archive has more parts than a workbook has".into()));
    }
    let mut parts = BTreeMap::new();
    for _ in 0..count {
        let head = bytes.get(at..).filter(|b| b.starts_with(b"PK\x01\x02")).ok_or_else(broken)?;
        if u16_at(head, 8)? & 1 == 1 {
            return Err(TableFault::OldExcel);
        }
        let length = |field: usize| u16_at(head, field).map(usize::from);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let part =
            Part { method: u16_at(head, 10)?, packed: u32_at(head, 20)? as usize, offset: u32_at(head, 42)? as usize };
        let name_bytes = head.get(46..46 + name).ok_or_else(broken)?;
        parts.insert(String::from_utf8_lossy(name_bytes).into_owned(), part);
        at += 46 + name + extra + comment;
    }
    Ok(parts)
}

/// The relation id of the first sheet.
fn first_sheet(part: &[u8]) -> Result<String, TableFault> {
    let mut found = None;
    walk(part, |node| {
        if let Node::Open("sheet", open) = node
            && found.is_none()
        {
            found = attribute(open, b"id")?;
        }
        Ok(())
    })?;
    found.ok_or_else(|| damaged("the workbook has no sheet"))
}

/// The name of the part that a relation leads to.
fn target(part: &[u8], id: &str) -> Result<Option<String>, TableFault> {
    let mut found = None;
    walk(part, |node| {
        if let Node::Open("Relationship", open) = node
            && attribute(open, b"Id")?.as_deref() == Some(id)
        {
            found = attribute(open, b"Target")?;
        }
        Ok(())
    })?;
    Ok(found.map(|path| match path.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("xl/{path}"),
    }))
}

/// Texts that cells name by number; how they are pronounced (`rPh`) is none of it.
fn shared_texts(part: &[u8]) -> Result<Vec<String>, TableFault> {
    let (mut all, mut text, mut inside, mut aside) = (Vec::new(), String::new(), false, false);
    walk(part, |node| {
        match node {
            Node::Open("si", _) => text.clear(),
            Node::Open("t", _) => inside = true,
            Node::Open("rPh", _) => aside = true,
            Node::Close("t") => inside = false,
            Node::Close("rPh") => aside = false,
            Node::Close("si") if all.len() >= TEXTS => {
                return Err(TableFault::TooLarge("it has more texts than a list of users has".into()));
            }
            Node::Close("si") => all.push(std::mem::take(&mut text)),
            Node::Text(more) if inside && !aside => text.push_str(more),
            _ => {}
        }
        Ok(())
    })?;
    Ok(all)
}

fn cells(part: &[u8], shared: &[String]) -> Result<Vec<Row>, TableFault> {
    let mut rows = Vec::new();
    let (mut line, mut row): (u32, Vec<String>) = (0, Vec::new());
    let (mut column, mut kind, mut text, mut inside, mut aside) = (0, String::new(), String::new(), false, false);
    walk(part, |node| {
        match node {
            Node::Open("row", open) => {
                let said = attribute(open, b"r")?.and_then(|r| r.parse().ok());
                line = said.unwrap_or(line.saturating_add(1));
                column = 0;
            }
            Node::Open("c", open) => {
                if let Some(said) = attribute(open, b"r")?.as_deref().and_then(column_of) {
                    column = said;
                }
                kind = attribute(open, b"t")?.unwrap_or_default();
                text.clear();
            }
            Node::Open("v" | "t", _) => inside = true,
            Node::Open("rPh", _) => aside = true,
            Node::Close("v" | "t") => inside = false,
            Node::Close("rPh") => aside = false,
            Node::Text(more) if inside && !aside => text.push_str(more),
            Node::Close("c") => {
                let text = std::mem::take(&mut text);
                if column < CELLS && !text.is_empty() {
                    row.resize(row.len().max(column + 1), String::new());
                    row[column] = value(&kind, text, shared)?;
                }
                column += 1;
            }
            Node::Close("row") => push(&mut rows, line, std::mem::take(&mut row))?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(rows)
}

fn value(kind: &str, text: String, shared: &[String]) -> Result<String, TableFault> {
    match kind {
        "s" => {
            let found = text.trim().parse::<usize>().ok().and_then(|n| shared.get(n));
            found.cloned().ok_or_else(|| damaged("a cell names a text that is not there"))
        }
        // A whole number is written as people write it: an extension is 2001, not 2001.0 or 2.001E3.
        "" | "n" => match text.trim().parse::<f64>() {
            Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(format!("{number:.0}")),
            _ => Ok(text),
        },
        _ => Ok(text),
    }
}

/// `B7` is column 1; `None`: it names none.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.take(4).fold(0_usize, |n, b| n * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

enum Node<'a> {
    Open(&'a str, &'a BytesStart<'a>),
    Text(&'a str),
    Close(&'a str),
}

/// Elements by their local names, and texts. What defines entities of its own is refused.
fn walk(part: &[u8], mut each: impl FnMut(Node<'_>) -> Result<(), TableFault>) -> Result<(), TableFault> {
    let broken = || damaged("the workbook is damaged");
    let text = std::str::from_utf8(part.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(part)).map_err(|_| broken())?;
    let mut reader = Reader::from_str(text);
    let local = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    loop {
        match reader.read_event().map_err(|_| broken())? {
            Event::Eof => return Ok(()),
            Event::DocType(_) => return Err(broken()),
            Event::Start(open) => each(Node::Open(&local(open.local_name().as_ref()), &open))?,
            Event::Empty(open) => {
                let name = local(open.local_name().as_ref());
                each(Node::Open(&name, &open))?;
                each(Node::Close(&name))?;
            }
            Event::End(close) => each(Node::Close(&local(close.local_name().as_ref())))?,
            Event::Text(text) => each(Node::Text(&text.decode().map_err(|_| broken())?))?,
            Event::CData(text) => each(Node::Text(&text.decode().map_err(|_| broken())?))?,
            Event::GeneralRef(entity) => {
                let named = match &*entity.decode().map_err(|_| broken())? {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => entity.resolve_char_ref().map_err(|_| broken())?,
                };
                each(Node::Text(named.ok_or_else(broken)?.encode_utf8(&mut [0; 4])))?;
            }
            _ => {}
        }
    }
}

fn attribute(open: &BytesStart<'_>, name: &[u8]) -> Result<Option<String>, TableFault> {
    for found in open.attributes() {
        let found = found.map_err(|_| damaged("the workbook is damaged"))?;
        if found.key.local_name().as_ref() == name {
            return Ok(Some(String::from_utf8_lossy(&found.value).into_owned()));
        }
    }
    Ok(None)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, TableFault> {
    let found = bytes.get(at..at + 2).and_then(|b| b.try_into().ok());
    found.map(u16::from_le_bytes).ok_or_else(|| damaged("the archive breaks off"))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, TableFault> {
    let found = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
    found.map(u32::from_le_bytes).ok_or_else(|| damaged("the archive breaks off"))
}

fn damaged(why: &str) -> TableFault {
    TableFault::Damaged(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    /// An archive of packed parts.
    fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, plain) in parts {
            let (packed, offset) = (compress_to_vec(plain, 6), archive.len() as u32);
            let sizes = [(packed.len() as u32).to_le_bytes(), (plain.len() as u32).to_le_bytes()].concat();
            let length = (name.len() as u16).to_le_bytes();
            // Version, flags, method; then time, date and a checksum that nobody looks at.
            let common = [&[20, 0, 0, 0, 8, 0][..], &[0; 8], &sizes, &length, &[0; 2]].concat();
            archive.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), &packed].concat());
            let central = [&b"PK\x01\x02\x14\x00"[..], &common, &[0; 10], &offset.to_le_bytes(), name.as_bytes()];
            directory.extend(central.concat());
        }
        let (count, size) = ((parts.len() as u16).to_le_bytes(), (directory.len() as u32).to_le_bytes());
        let begin = (archive.len() as u32).to_le_bytes();
        let end = [&b"PK\x05\x06"[..], &[0; 4], &count, &count, &size, &begin, &[0; 2]].concat();
        [archive, directory, end].concat()
    }

    const WORKBOOK: &[u8] =
        br#"<workbook xmlns:r="x"><sheets><sheet name="People" sheetId="1" r:id="rId7"/></sheets></workbook>"#;
    const LINKS: &[u8] = br#"<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>"#;

    fn workbook(sheet: &str, shared: &str) -> Vec<u8> {
        zipped(&[
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", LINKS),
            ("xl/sharedStrings.xml", shared.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }

    #[test]
    fn cells_are_found_where_they_lie() {
        let shared = r#"<sst><si><t>login</t></si><si><r><t>na</t></r><r><t>me</t></r><rPh><t>x</t></rPh></si></sst>"#;
        let sheet = r#"<worksheet><sheetData>
            <row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>Ext &amp; &#x4e00;</t></is></c></row>
            <row r="4"><c r="A4" t="str"><v>anna</v></c><c><v>7</v></c><c r="D4"><v>2001.0</v></c></row>
            <row r="9"><c r="XFD9"><v>1</v></c></row>
        </sheetData></worksheet>"#;
        let found = rows(&workbook(sheet, shared)).unwrap();
        assert_eq!(
            found,
            [
                Row { line: 2, cells: ["login", "", "name", "Ext & 一"].map(str::to_owned).to_vec() },
                Row { line: 4, cells: ["anna", "7", "", "2001"].map(str::to_owned).to_vec() },
            ]
        );
    }

    #[test]
    fn a_bomb_does_not_go_off_and_damage_is_said() {
        let bomb = " ".repeat(BUDGET + 1);
        let bomb = workbook(&bomb, "<sst/>");
        assert!(bomb.len() < 200_000, "{}", bomb.len());
        assert!(matches!(rows(&bomb), Err(TableFault::TooLarge(_))));
        let entities = r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>"#;
        assert!(matches!(rows(&workbook("<worksheet/>", entities)), Err(TableFault::Damaged(_))));
        let unknown = "<sst><si><t>&a;</t></si></sst>";
        assert!(matches!(rows(&workbook("<worksheet/>", unknown)), Err(TableFault::Damaged(_))));
        let lost = r#"<worksheet><row><c t="s"><v>99</v></c></row></worksheet>"#;
        assert!(matches!(rows(&workbook(lost, "<sst/>")), Err(TableFault::Damaged(_))));
        assert!(matches!(rows(&zipped(&[("readme.txt", b"hello")])), Err(TableFault::Damaged(_))));
        let whole = workbook("<worksheet/>", "<sst/>");
        for length in 0..whole.len() - 2 {
            assert!(rows(&whole[..length]).is_err(), "broken off after {length}");
        }
    }
}
