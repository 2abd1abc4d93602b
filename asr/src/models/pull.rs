//! A model comes here: from the first mirror that has it, from where the last attempt broke off, and only as what the
//! catalogue says it is.

use super::weights;
use super::{Entry, ModelFault, Shelf, sum};
use crate::EngineFault;
use crate::http::{Server, Sink, Version};
use hyper::{HeaderMap, header};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So long a mirror may say nothing.
const STALL: Duration = Duration::from_secs(30);
const REDIRECTIONS: u32 = 5;
/// Where the size is not known: no model is larger.
const MOST: u64 = 16 << 30;

/// One place to get models from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Its address, up to the file's name, or with `{file}` in the name's place.
    Mirror(String),
    /// A file, or a folder that has it: a stick, a share.
    Here(PathBuf),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    pub file: PathBuf,
    /// Nothing had to be done.
    pub already: bool,
    /// Bytes that were here from an earlier attempt.
    pub resumed: u64,
}

/// What happens meanwhile, for whoever waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// From this byte on.
    Trying(&'a str, u64),
    Failed(&'a str, &'a str),
}

impl Source {
    /// An address or a path, as an operator writes it.
    pub fn new(text: &str) -> Source {
        match text.starts_with("http://") || text.starts_with("https://") {
            true => Source::Mirror(text.into()),
            false => Source::Here(text.into()),
        }
    }

    fn name(&self) -> String {
        match self {
            Source::Mirror(url) => url.clone(),
            Source::Here(path) => path.display().to_string(),
        }
    }
}

/// Get a model, unless it is here and is what it should be.
pub async fn pull(
    shelf: &Shelf,
    entry: &Entry,
    sources: &[Source],
    tell: &mut (dyn FnMut(Step<'_>) + Send),
) -> Result<Pulled, ModelFault> {
    within(shelf, entry, sources, tell, STALL).await
}

async fn within(
    shelf: &Shelf,
    entry: &Entry,
    sources: &[Source],
    tell: &mut (dyn FnMut(Step<'_>) + Send),
    stall: Duration,
) -> Result<Pulled, ModelFault> {
    let file = shelf.path(entry);
    if shelf.verify(entry).is_ok() {
        return Ok(Pulled { file, already: true, resumed: 0 });
    }
    if sources.is_empty() {
        return Err(ModelFault::NoMirrors);
    }
    shelf.make()?;
    let mut part = Part::open(&shelf.folder().join(format!("{}.part", entry.file)), entry)?;
    let resumed = part.length;
    let mut tried = Vec::new();
    for source in sources {
        let name = source.name();
        loop {
            let before = part.length;
            tell(Step::Trying(&name, before));
            let brought = match source {
                Source::Mirror(url) => mirror(url, entry, &mut part, stall).await,
                Source::Here(path) => here(path, entry, &mut part),
            };
            let why = match brought {
                Ok(()) => match part.judge(entry)? {
                    None => {
                        shelf.put(&part.path, &file)?;
                        return Ok(Pulled { file, already: false, resumed });
                    }
                    Some(why) => why,
                },
                Err(Stop::Disk(fault)) => return Err(fault),
                Err(Stop::Next(why)) => why,
            };
            tell(Step::Failed(&name, &why));
            if before > 0 && part.length == 0 {
                // What stood before its part may have been wrong: the whole of it is worth a look.
                continue;
            }
            tried.push((name, why));
            break;
        }
    }
    Err(ModelFault::NoMirror(tried))
}

enum Stop {
    /// It is this mirror; perhaps another one can.
    Next(String),
    /// It is us.
    Disk(ModelFault),
}

/// What has come so far. One process at a time holds it.
struct Part {
    path: PathBuf,
    file: File,
    length: u64,
    most: u64,
}

impl Part {
    fn open(path: &Path, entry: &Entry) -> Result<Part, ModelFault> {
        let fault = |e: &io::Error| ModelFault::unwritable(path, e, 0);
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(|e| fault(&e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ModelFault::Busy(path.into())),
            Err(TryLockError::Error(e)) => return Err(fault(&e)),
        }
        let length = file.seek(io::SeekFrom::End(0)).map_err(|e| fault(&e))?;
        let mut part = Part { path: path.into(), file, length, most: entry.bytes.unwrap_or(MOST) };
        if part.length > part.most {
            part.empty()?;
        }
        Ok(part)
    }

    fn empty(&mut self) -> Result<(), ModelFault> {
        if self.length == 0 {
            return Ok(());
        }
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|e| ModelFault::unwritable(&self.path, &e, self.length))?;
        self.length = 0;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if self.length + bytes.len() as u64 > self.most {
            self.empty().map_err(Stop::Disk)?;
            return Err(Stop::Next("it sends more than the model has".into()));
        }
        let written = self.file.write_all(bytes);
        written.map_err(|e| Stop::Disk(ModelFault::unwritable(&self.path, &e, self.length)))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn complete(&self, entry: &Entry) -> bool {
        entry.bytes.is_some_and(|bytes| bytes == self.length)
    }

    /// Why it is not the model, if it is not.
    fn judge(&mut self, entry: &Entry) -> Result<Option<String>, ModelFault> {
        if entry.bytes.is_some_and(|bytes| self.length < bytes) {
            // What came may be right, as far as it goes: the sum will tell.
            return Ok(Some(format!("it broke off after {} bytes", self.length)));
        }
        let found = sum(&self.path)?;
        let why = match found == entry.sha256 {
            true => weights::inspect(&self.path).err().map(|fault| fault.to_string()),
            false => Some(format!("what it sends is something else (sha256 {found})")),
        };
        if why.is_some() {
            self.empty()?;
        }
        Ok(why)
    }
}

fn here(path: &Path, entry: &Entry, part: &mut Part) -> Result<(), Stop> {
    let path = if path.is_dir() { path.join(&entry.file) } else { path.into() };
    let next = |e: io::Error| Stop::Next(e.to_string());
    let mut from = File::open(&path).map_err(next)?;
    part.empty().map_err(Stop::Disk)?;
    let mut piece = vec![0; 256 * 1_024];
    loop {
        match from.read(&mut piece).map_err(next)? {
            0 => return Ok(()),
            length => part.write(&piece[..length])?,
        }
    }
}

async fn mirror(url: &str, entry: &Entry, part: &mut Part, stall: Duration) -> Result<(), Stop> {
    let next = |e: EngineFault| Stop::Next(e.to_string());
    let mut address = match url.contains("{file}") {
        true => url.replace("{file}", &entry.file),
        false => format!("{}/{}", url.trim_end_matches('/'), entry.file),
    };
    let mut redirections = 0;
    let mut again = false;
    while !part.complete(entry) {
        let server = Server::new(&address, None, Version::One).map_err(Stop::Next)?;
        let range = format!("bytes={}-", part.length);
        let mut headers = vec![("accept-encoding", "identity"), ("user-agent", "ringdesk")];
        if part.length > 0 {
            headers.push(("range", &range));
        }
        let mut taking = Taking { part, moved: None, fault: None, over: false };
        let got = server.get(&headers, stall, &mut taking).await;
        let Taking { moved, fault, over, .. } = taking;
        if let Some(fault) = fault {
            return Err(fault);
        }
        got.map_err(next)?;
        if let Some(place) = moved {
            redirections += 1;
            if redirections > REDIRECTIONS {
                return Err(Stop::Next("it sends us in a circle".into()));
            }
            address = moved_to(&address, &place).map_err(Stop::Next)?;
        } else if over && !again {
            // It has no more than we have, and less: what we have is of another file.
            again = true;
            part.empty().map_err(Stop::Disk)?;
        } else {
            return Ok(());
        }
    }
    Ok(())
}

/// Where a redirection leads; never from a secured connection to one that is not.
fn moved_to(from: &str, place: &str) -> Result<String, String> {
    let (scheme, rest) = from.split_once("://").ok_or("an address without a scheme")?;
    let host = rest.split('/').next().unwrap_or_default();
    if place.starts_with("//") {
        Ok(format!("{scheme}:{place}"))
    } else if place.starts_with('/') {
        Ok(format!("{scheme}://{host}{place}"))
    } else if place.starts_with("https://") || place.starts_with("http://") && scheme == "http" {
        Ok(place.into())
    } else {
        Err(format!("it sends us to {place:?}"))
    }
}

struct Taking<'a> {
    part: &'a mut Part,
    moved: Option<String>,
    fault: Option<Stop>,
    /// It has nothing from this byte on, and its file ends elsewhere.
    over: bool,
}

impl Taking<'_> {
    fn refused(&mut self, fault: Stop) -> bool {
        self.fault = Some(fault);
        false
    }
}

impl Sink for Taking<'_> {
    fn head(&mut self, status: u16, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        match status {
            200 => match self.part.empty() {
                Ok(()) => true,
                Err(fault) => self.refused(Stop::Disk(fault)),
            },
            206 => {
                let begins = text(header::CONTENT_RANGE).and_then(|r| r.strip_prefix("bytes "));
                let begins = begins.and_then(|r| r.split('-').next()).and_then(|n| n.parse::<u64>().ok());
                match begins == Some(self.part.length) {
                    true => true,
                    false => self.refused(Stop::Next("it sends another part of the file".into())),
                }
            }
            416 => {
                let whole = text(header::CONTENT_RANGE).and_then(|r| r.strip_prefix("bytes */"));
                self.over = whole.and_then(|n| n.parse().ok()) != Some(self.part.length);
                false
            }
            301 | 302 | 303 | 307 | 308 => {
                self.moved = text(header::LOCATION).map(str::to_owned);
                match self.moved {
                    Some(_) => false,
                    None => self.refused(Stop::Next(format!("status {status} and no place"))),
                }
            }
            _ => self.refused(Stop::Next(format!("status {status}"))),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> bool {
        match self.part.write(bytes) {
            Ok(()) => true,
            Err(fault) => self.refused(fault),
        }
    }
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
