//! Attachments: what a file is, by its content and not by its name; how large it may be; what its name becomes.

use crate::Refusal;

/// Of one text.
pub const ATTACHMENTS: usize = 10;
/// Of any file, in bytes: what a door lets in before anybody looks at it.
pub const LARGEST: usize = 25 * 1024 * 1024;
/// Of a file's name, in characters.
const NAME: usize = 120;

/// Within the first bytes of a WebM its tracks are described.
const TRACKS: usize = 16 * 1024;

const MIB: usize = 1024 * 1024;

/// How people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    Picture,
    Sound,
    Film,
    Document,
}

impl AttachmentKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            AttachmentKind::Picture => "picture",
            AttachmentKind::Sound => "sound",
            AttachmentKind::Film => "film",
            AttachmentKind::Document => "document",
        }
    }

    /// The largest of its kind, in bytes.
    pub const fn limit(self) -> usize {
        match self {
            AttachmentKind::Picture => 10 * MIB,
            AttachmentKind::Sound => 16 * MIB,
            AttachmentKind::Film | AttachmentKind::Document => LARGEST,
        }
    }
}

/// A type that is taken. Its first ending is the one it gets where it came without one.
#[derive(Debug, PartialEq, Eq)]
pub struct FileType {
    pub kind: AttachmentKind,
    /// As it is served.
    pub mime: &'static str,
    endings: &'static [&'static str],
}

macro_rules! types {
    ($($name:ident: $kind:ident, $mime:literal, $endings:expr;)*) => {
        $(static $name: FileType = FileType { kind: AttachmentKind::$kind, mime: $mime, endings: &$endings };)*
    };
}

types! {
    PNG: Picture, "image/png", ["png"];
    JPEG: Picture, "image/jpeg", ["jpg", "jpeg", "jfif"];
    GIF: Picture, "image/gif", ["gif"];
    WEBP: Picture, "image/webp", ["webp"];
    WAV: Sound, "audio/wav", ["wav"];
    MP3: Sound, "audio/mpeg", ["mp3"];
    OGG: Sound, "audio/ogg", ["ogg", "oga", "opus"];
    M4A: Sound, "audio/mp4", ["m4a"];
    WEBA: Sound, "audio/webm", ["webm", "weba"];
    MP4: Film, "video/mp4", ["mp4", "m4v", "mov"];
    WEBM: Film, "video/webm", ["webm"];
    PDF: Document, "application/pdf", ["pdf"];
    DOCX: Document, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"];
    XLSX: Document, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["xlsx"];
    PPTX: Document, "application/vnd.openxmlformats-officedocument.presentationml.presentation", ["pptx"];
    TEXT: Document, "text/plain; charset=utf-8", ["txt", "csv", "log"];
}

/// A file that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub name: String,
    pub file_type: &'static FileType,
}

/// Look at a file that somebody calls `name`. What it is, its content says; a name that says otherwise is a disguise.
pub fn attachment(name: &str, content: &[u8]) -> Result<Taken, Refusal> {
    if content.is_empty() {
        return Err(Refusal::FileEmpty);
    }
    let file_type = sniffed(content).ok_or(Refusal::FileType)?;
    if content.len() > file_type.kind.limit() {
        return Err(Refusal::FileTooLarge(file_type.kind.limit() / MIB));
    }
    let (stem, ending) = parts(name);
    let ending = match ending {
        None => file_type.endings[0].to_owned(),
        Some(ending) if file_type.endings.contains(&ending.as_str()) => ending,
        Some(_) => return Err(Refusal::FileDisguised(file_type.endings[0])),
    };
    let room = NAME - ending.len() - 1;
    let stem: String = stem.chars().take(room).collect();
    let stem = if stem.is_empty() { file_type.kind.as_str() } else { &stem };
    Ok(Taken { name: format!("{stem}.{ending}"), file_type })
}

/// Without folders, control characters, and marks that turn the direction of reading (`gpj.exe` shown as `exe.jpg`).
fn parts(name: &str) -> (String, Option<String>) {
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = own.chars().filter(|c| !c.is_control() && !turns(*c)).collect();
    let plain = plain.trim().trim_matches('.');
    match plain.rsplit_once('.') {
        Some((stem, ending)) if !ending.is_empty() => (stem.trim().to_owned(), Some(ending.trim().to_lowercase())),
        _ => (plain.to_owned(), None),
    }
}

/// By its first bytes, and for office files by what is packed in them.
fn sniffed(content: &[u8]) -> Option<&'static FileType> {
    let begins = |mark: &[u8]| content.starts_with(mark);
    let at = |place: usize, mark: &[u8]| content.get(place..).is_some_and(|rest| rest.starts_with(mark));
    Some(match content {
        _ if begins(b"\x89PNG\r\n\x1a\n") => &PNG,
        _ if begins(b"\xff\xd8\xff") => &JPEG,
        _ if begins(b"GIF87a") || begins(b"GIF89a") => &GIF,
        _ if begins(b"RIFF") && at(8, b"WEBP") => &WEBP,
        _ if begins(b"RIFF") && at(8, b"WAVE") => &WAV,
        _ if begins(b"OggS") => &OGG,
        _ if begins(b"ID3") || matches!(content, [0xff, second, ..] if second & 0xe6 == 0xe2) => &MP3,
        _ if at(4, b"ftypM4A") || (at(4, b"ftyp") && has_sound_only(content)) => &M4A,
        _ if at(4, b"ftyp") => &MP4,
        _ if begins(b"\x1a\x45\xdf\xa3") && is_heard_only(content) => &WEBA,
        _ if begins(b"\x1a\x45\xdf\xa3") => &WEBM,
        _ if begins(b"%PDF-") => &PDF,
        _ if begins(b"PK\x03\x04") => return packed(content),
        _ if is_text(content) => &TEXT,
        _ => return None,
    })
}

/// A browser's recording of a voice is a film without pictures: the names of its tracks' codecs stand at its beginning
/// (Matroska, RFC 9559 §5.1.4.1.21).
fn is_heard_only(content: &[u8]) -> bool {
    let head = &content[..content.len().min(TRACKS)];
    let names = |mark: &[u8]| head.windows(mark.len()).any(|part| part == mark);
    (names(b"A_OPUS") || names(b"A_VORBIS")) && !names(b"V_")
}

/// What Safari records as a voice calls itself a film, too: what its tracks are say their handlers (ISO 14496-12 §8.4.3).
fn has_sound_only(content: &[u8]) -> bool {
    let handlers = || content.windows(16).filter(|part| part.starts_with(b"hdlr")).map(|part| &part[12..]);
    handlers().any(|kind| kind == b"soun") && !handlers().any(|kind| kind == b"vide")
}

/// A packed folder is taken as the office file that it is, never as a folder.
fn packed(content: &[u8]) -> Option<&'static FileType> {
    let names = |mark: &[u8]| content.windows(mark.len()).any(|part| part == mark);
    // With macros it is another type, whose parts have these names as well.
    if !names(b"[Content_Types].xml") || names(b"vbaProject.bin") {
        return None;
    }
    [(&DOCX, &b"word/"[..]), (&XLSX, b"xl/"), (&PPTX, b"ppt/")]
        .into_iter()
        .find_map(|(file_type, folder)| names(folder).then_some(file_type))
}

fn is_text(content: &[u8]) -> bool {
    let shown = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    std::str::from_utf8(content).is_ok_and(|text| text.trim_start_matches('\u{feff}').chars().all(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As far as its tracks are named.
    fn mp4(tracks: &[&str]) -> Vec<u8> {
        let named = tracks.iter().flat_map(|kind| [&b"\0\0\0\x20hdlr\0\0\0\0\0\0\0\0"[..], kind.as_bytes()].concat());
        b"\0\0\0\x1cftypiso5\0\0\0\0iso5mp41".iter().copied().chain(named).collect()
    }

    fn office(folder: &str) -> Vec<u8> {
        [b"PK\x03\x04....[Content_Types].xml....".as_slice(), folder.as_bytes(), b"document.xml"].concat()
    }

    /// Rows: S3.1, S3.2
    #[test]
    fn what_a_file_is_its_content_says() {
        for (name, content, kept, mime) in [
            ("a.png", b"\x89PNG\r\n\x1a\n....".to_vec(), "a.png", "image/png"),
            ("A.JPEG", b"\xff\xd8\xff\xe0".to_vec(), "A.jpeg", "image/jpeg"),
            ("", b"GIF89a..".to_vec(), "picture.gif", "image/gif"),
            ("voice", b"OggS....".to_vec(), "voice.ogg", "audio/ogg"),
            ("song.mp3", b"\xff\xfb\x90\x00".to_vec(), "song.mp3", "audio/mpeg"),
            ("note.webm", b"\x1a\x45\xdf\xa3....webm....A_OPUS....".to_vec(), "note.webm", "audio/webm"),
            ("film.webm", b"\x1a\x45\xdf\xa3..webm..V_VP9..A_OPUS".to_vec(), "film.webm", "video/webm"),
            ("film.mp4", b"\0\0\0\x20ftypisom".to_vec(), "film.mp4", "video/mp4"),
            ("film.mp4", mp4(&["soun", "vide"]), "film.mp4", "video/mp4"),
            ("voice.m4a", mp4(&["soun"]), "voice.m4a", "audio/mp4"),
            ("发票.pdf", b"%PDF-1.7".to_vec(), "发票.pdf", "application/pdf"),
            ("list.csv", "a,b\r\n张,1".into(), "list.csv", "text/plain; charset=utf-8"),
            ("plan.xlsx", office("xl/"), "plan.xlsx", XLSX.mime),
            ("../../etc/pass\0wd.txt", b"x".to_vec(), "passwd.txt", "text/plain; charset=utf-8"),
            ("C:\\temp\\.hidden.png", b"\x89PNG\r\n\x1a\n".to_vec(), "hidden.png", "image/png"),
        ] {
            let taken = attachment(name, &content).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!((taken.name.as_str(), taken.file_type.mime), (kept, mime));
        }
    }

    /// Rows: S3.2
    #[test]
    fn a_disguise_is_refused_and_named() {
        for (name, content, why) in [
            ("a.png", b"%PDF-1.7".to_vec(), Refusal::FileDisguised("pdf")),
            ("invoice.pdf.exe", b"%PDF-1.7".to_vec(), Refusal::FileDisguised("pdf")),
            ("page.html", b"<script>alert(1)</script>".to_vec(), Refusal::FileDisguised("txt")),
            ("drawing.svg", b"<svg onload=alert(1)>".to_vec(), Refusal::FileDisguised("txt")),
            ("photo\u{202e}gpj.exe", b"MZ\x90\x00".to_vec(), Refusal::FileType),
            ("tool", b"\x7fELF\x02\x01".to_vec(), Refusal::FileType),
            ("all.zip", b"PK\x03\x04....folder/".to_vec(), Refusal::FileType),
            ("m.docx", [office("word/"), b"vbaProject.bin".to_vec()].concat(), Refusal::FileType),
            ("nothing.txt", Vec::new(), Refusal::FileEmpty),
        ] {
            assert_eq!(attachment(name, &content), Err(why), "{name}");
        }
    }

    #[test]
    fn each_kind_has_its_limit() {
        let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
        picture.resize(AttachmentKind::Picture.limit(), 0);
        assert!(attachment("a.png", &picture).is_ok());
        picture.push(0);
        assert_eq!(attachment("a.png", &picture), Err(Refusal::FileTooLarge(10)));
        let long = attachment(&format!("{}.pdf", "长".repeat(400)), b"%PDF-1.7").unwrap();
        assert_eq!(long.name.chars().count(), NAME);
    }
}
