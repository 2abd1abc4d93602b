//! The messages of RFC 4475 as they lie in `corpus/rfc4475`.

use md5::{Digest, Md5};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

static ALL: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/rfc4475");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            all.push((path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()));
        }
    }
    all.sort();
    all
});

/// Name and bytes of every message, by name.
pub(crate) fn all() -> &'static [(String, Vec<u8>)] {
    &ALL
}

pub(crate) fn bytes() -> Vec<&'static [u8]> {
    ALL.iter().map(|(_, bytes)| bytes.as_slice()).collect()
}

pub(crate) fn message(name: &str) -> &'static [u8] {
    let found = ALL.iter().find(|(n, _)| n == name);
    &found.unwrap_or_else(|| panic!("no message {name}")).1
}

pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A tool that "repairs" line ends or encodings would make half of the messages harmless.
#[test]
fn the_bytes_are_those_of_the_archive() {
    assert_eq!(all().len(), 49);
    let together: Vec<u8> = all().iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    assert_eq!(md5_hex(&together), "74c45b7d09493964fe3d59449b6b5874", "{} bytes", together.len());
}
