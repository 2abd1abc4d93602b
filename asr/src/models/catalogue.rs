//! The models that are known by name. Published weights never change, so a name has one sum for ever.

use super::ModelFault;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What an operator types: `base-q5_1`.
    pub name: String,
    /// The file's name, here and on the mirrors.
    pub file: String,
    /// Where it is known: a pull that grows beyond it is broken off.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// In hexadecimal.
    pub sha256: String,
}

/// Later entries go before earlier ones of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// Quantised weights of whisper.cpp, small enough for a processor. More come from the configuration.
const OWN: &[(&str, &str, Option<u64>, &str)] = &[
    (
        "tiny-q5_1",
        "ggml-tiny-q5_1.bin",
        Some(32_152_673),
        "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7",
    ),
    ("base-q5_1", "ggml-base-q5_1.bin", None, "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898"),
];

impl Catalogue {
    /// Those that this program knows, and `more`.
    pub fn new(more: &[Entry]) -> Result<Catalogue, ModelFault> {
        let own = OWN.iter().map(|(name, file, bytes, sum)| Entry {
            name: (*name).into(),
            file: (*file).into(),
            bytes: *bytes,
            sha256: (*sum).into(),
        });
        let mut entries: Vec<Entry> = own.collect();
        for entry in more {
            plain(&entry.file)?;
            if entry.sha256.len() != 64 || !entry.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(ModelFault::Name(entry.sha256.clone()));
            }
            let mut entry = entry.clone();
            entry.sha256.make_ascii_lowercase();
            entries.retain(|known| known.name != entry.name && known.file != entry.file);
            entries.push(entry);
        }
        Ok(Catalogue { entries })
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// By its name or its file's.
    pub fn find(&self, name: &str) -> Result<&Entry, ModelFault> {
        let found = self.entries.iter().find(|e| e.name == name || e.file == name);
        found.ok_or_else(|| ModelFault::Unknown(name.into()))
    }
}

/// A name and no path: nothing is written outside the folder.
pub(super) fn plain(name: &str) -> Result<(), ModelFault> {
    let mut parts = Path::new(name).components();
    let one = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
    let fine = one && !name.contains(['/', '\\', '?', '#', '%']) && !name.chars().any(char::is_control);
    if fine { Ok(()) } else { Err(ModelFault::Name(name.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, file: &str, sum: &str) -> Entry {
        Entry { name: name.into(), file: file.into(), bytes: None, sha256: sum.into() }
    }

    #[test]
    fn names_and_files_are_found_and_the_configuration_goes_first() {
        let own = Catalogue::new(&[]).unwrap();
        assert_eq!(own.find("base-q5_1"), own.find("ggml-base-q5_1.bin"));
        assert!(own.entries().iter().all(|e| Catalogue::new(std::slice::from_ref(e)).is_ok()));
        assert!(matches!(own.find("medium"), Err(ModelFault::Unknown(_))));
        let more = Catalogue::new(&[entry("base-q5_1", "mine.bin", &"A".repeat(64))]).unwrap();
        assert_eq!(more.find("base-q5_1").unwrap().sha256, "a".repeat(64));
        assert_eq!(more.entries().len(), own.entries().len());
    }

    #[test]
    fn a_file_is_a_name_and_a_sum_is_a_sum() {
        for file in ["", ".", "..", "/etc/passwd", "../x", "a/b", "a?b", "a\nb"] {
            assert!(Catalogue::new(&[entry("x", file, &"a".repeat(64))]).is_err(), "{file:?}");
        }
        for sum in ["", "abc", &"g".repeat(64)] {
            assert!(Catalogue::new(&[entry("x", "x.bin", sum)]).is_err(), "{sum:?}");
        }
    }
}
