//! The folder in which models lie.

use super::catalogue::plain;
use super::{Catalogue, Entry, ModelFault, weights};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    catalogue: Catalogue,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    pub file: PathBuf,
    pub sha256: String,
    /// Its sum stands in the catalogue. Otherwise the operator has to decide whether it is the right one.
    pub known: bool,
}

impl Shelf {
    pub fn new(folder: impl Into<PathBuf>, catalogue: Catalogue) -> Shelf {
        Shelf { folder: folder.into(), catalogue }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.file)
    }

    /// Files that lie here and stand in no catalogue.
    pub fn strangers(&self) -> Vec<PathBuf> {
        let known = |name: &str| self.catalogue.find(name).is_ok();
        let listed = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<PathBuf> = listed
            .filter(|path| path.extension().is_some_and(|e| e == "bin") && path.is_file())
            .filter(|path| path.file_name().and_then(|n| n.to_str()).is_none_or(|name| !known(name)))
            .collect();
        found.sort();
        found
    }

    /// Where a configuration's model is, and the sum it must have: a name of the catalogue, the name of a file on this
    /// shelf, or a path to anywhere.
    pub fn resolve(&self, model: &Path) -> (PathBuf, Option<String>) {
        let name = model.to_str().unwrap_or_default();
        match self.catalogue.find(name) {
            Ok(entry) => (self.path(entry), Some(entry.sha256.clone())),
            Err(_) if plain(name).is_ok() => (self.folder.join(model), None),
            Err(_) => (model.into(), None),
        }
    }

    /// What lies here under this name is whole, and is what the catalogue says. Gives its sum.
    pub fn verify(&self, entry: &Entry) -> Result<String, ModelFault> {
        let file = self.path(entry);
        weights::inspect(&file)?;
        let found = sum(&file)?;
        match found == entry.sha256 {
            true => Ok(found),
            false => Err(ModelFault::OtherSum { file, wanted: entry.sha256.clone(), found }),
        }
    }

    /// Copy a file in, under its own name. One that the catalogue knows must be that one.
    pub fn add(&self, from: &Path) -> Result<Added, ModelFault> {
        let name = from.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        plain(name)?;
        weights::inspect(from)?;
        let found = sum(from)?;
        let entry = self.catalogue.find(name).ok();
        if let Some(entry) = entry.filter(|entry| entry.sha256 != found) {
            return Err(ModelFault::OtherSum { file: from.into(), wanted: entry.sha256.clone(), found });
        }
        let file = self.folder.join(name);
        self.make()?;
        let part = self.folder.join(format!("{name}.part"));
        copy(from, &part)?;
        // What was copied is what was looked at.
        let copied = sum(&part)?;
        if copied != found {
            let _ = fs::remove_file(&part); // nothing of it is of use
            return Err(ModelFault::OtherSum { file: part, wanted: found, found: copied });
        }
        self.put(&part, &file)?;
        Ok(Added { file, sha256: found, known: entry.is_some() })
    }

    pub(super) fn make(&self) -> Result<(), ModelFault> {
        fs::create_dir_all(&self.folder).map_err(|e| ModelFault::unwritable(&self.folder, &e, 0))
    }

    /// In one step: who looks finds the whole file or none, whatever happens to the power.
    pub(super) fn put(&self, part: &Path, file: &Path) -> Result<(), ModelFault> {
        let fault = |e: &io::Error| ModelFault::unwritable(file, e, 0);
        File::open(part).and_then(|f| f.sync_all()).map_err(|e| fault(&e))?;
        fs::rename(part, file).map_err(|e| fault(&e))?;
        File::open(&self.folder).and_then(|f| f.sync_all()).map_err(|e| fault(&e))
    }
}

/// The sha256 of a file, in hexadecimal.
pub fn sum(file: &Path) -> Result<String, ModelFault> {
    let fault = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => ModelFault::Missing(file.into()),
        _ => ModelFault::unreadable(file, &e),
    };
    let (mut from, mut hash, mut piece) = (File::open(file).map_err(fault)?, Sha256::new(), vec![0; 256 * 1_024]);
    loop {
        match from.read(&mut piece).map_err(fault)? {
            0 => break,
            length => hash.update(&piece[..length]),
        }
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn copy(from: &Path, to: &Path) -> Result<(), ModelFault> {
    let mut source = File::open(from).map_err(|e| ModelFault::unreadable(from, &e))?;
    let mut target = File::create(to).map_err(|e| ModelFault::unwritable(to, &e, 0))?;
    let (mut piece, mut done) = (vec![0; 256 * 1_024], 0);
    loop {
        let length = source.read(&mut piece).map_err(|e| ModelFault::unreadable(from, &e))?;
        if length == 0 {
            return Ok(());
        }
        target.write_all(&piece[..length]).map_err(|e| ModelFault::unwritable(to, &e, done))?;
        done += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/for-tests-ggml-tiny.bin");
    const SUM: &str = "c486fb9f14a28b1c1dc252741a431646cc573450c900b9d9c406e10294aa01e6";

    fn shelf(folder: &Path, sum: &str) -> Shelf {
        let stub =
            Entry { name: "stub".into(), file: "for-tests-ggml-tiny.bin".into(), bytes: None, sha256: sum.into() };
        Shelf::new(folder.join("models"), Catalogue::new(&[stub]).unwrap())
    }

    #[test]
    fn a_file_is_taken_in_when_it_is_what_it_says() {
        let dir = tempfile::tempdir().unwrap();
        let mine = shelf(dir.path(), SUM);
        let entry = mine.catalogue().find("stub").unwrap().clone();
        assert!(matches!(mine.verify(&entry), Err(ModelFault::Missing(_))));
        let added = mine.add(Path::new(STUB)).unwrap();
        assert_eq!(added, Added { file: mine.path(&entry), sha256: SUM.into(), known: true });
        assert_eq!(mine.verify(&entry).unwrap(), SUM);
        assert_eq!(mine.resolve(Path::new("stub")), (added.file.clone(), Some(SUM.into())));
        assert!(mine.strangers().is_empty());
        // Another one of the same name, and one that nobody knows.
        let other = shelf(dir.path(), &"0".repeat(64));
        let fault = other.add(Path::new(STUB)).unwrap_err();
        assert!(matches!(fault, ModelFault::OtherSum { .. }), "{fault}");
        assert!(matches!(other.verify(other.catalogue().find("stub").unwrap()), Err(ModelFault::OtherSum { .. })));
        let stranger = dir.path().join("mine.bin");
        fs::copy(STUB, &stranger).unwrap();
        let added = mine.add(&stranger).unwrap();
        assert!(!added.known && mine.strangers() == [added.file]);
        assert_eq!(mine.resolve(Path::new("mine.bin")).1, None);
        assert_eq!(mine.resolve(Path::new("/srv/x.bin")), ("/srv/x.bin".into(), None));
    }

    #[test]
    fn what_is_no_model_is_not_taken_in() {
        let dir = tempfile::tempdir().unwrap();
        let mine = shelf(dir.path(), SUM);
        let page = dir.path().join("page.bin");
        fs::write(&page, "<!DOCTYPE html>").unwrap();
        assert!(matches!(mine.add(&page), Err(ModelFault::NoModel { .. })));
        assert!(matches!(mine.add(&dir.path().join("none.bin")), Err(ModelFault::Missing(_))));
        assert!(mine.add(Path::new("/")).is_err());
        assert!(!mine.folder().exists());
    }

    #[test]
    fn a_full_disk_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let mine = shelf(dir.path(), SUM);
        fs::create_dir_all(mine.folder()).unwrap();
        // A file on which there is no room, ever.
        std::os::unix::fs::symlink("/dev/full", mine.folder().join("for-tests-ggml-tiny.bin.part")).unwrap();
        let fault = mine.add(Path::new(STUB)).unwrap_err();
        assert!(matches!(fault, ModelFault::DiskFull { kept: 0, .. }), "{fault}");
    }
}
