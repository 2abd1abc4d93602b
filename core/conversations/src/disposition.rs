//! The agent's outcome code, chosen from a tree of the account.

use crate::Participation;
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Three levels: more is never filled in honestly.
const DEPTH: usize = 3;
const NODES: usize = 1_000;
const KEY_LENGTH: usize = 64;
/// How long after the talk a disposition, note and tags may still be changed.
pub const EDITABLE: Duration = Duration::from_secs(24 * 3_600);

/// The account's tree. Only leaves are chosen; the path of keys (`billing/refund`) is what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DispositionTree(pub Vec<DispositionNode>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispositionNode {
    /// Stable; reports group by it.
    pub key: String,
    /// What people read, by language tag (`en`, `zh-CN`).
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<DispositionNode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDisposition {
    /// `None`: take it back.
    pub path: Option<String>,
    /// The queue wants one.
    pub required: bool,
}

/// What to write, and what to put into the audit entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub before: Option<String>,
    pub after: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("the agent had no part in the call")]
    NoPart,
    #[error("no such disposition")]
    Unknown,
    #[error("choose one of its entries, not the group")]
    NotALeaf,
    #[error("the queue requires a disposition")]
    Required,
    #[error("too late: it can be changed for 24 hours")]
    TooLate,
    #[error("the note is longer than 4,000 characters")]
    NoteTooLong,
    #[error("at most 20 tags of at most 64 characters")]
    Tags,
    #[error("a note says something")]
    NoteEmpty,
    #[error("a conversation has at most 200 notes, 5 of them pinned")]
    TooManyNotes,
    #[error("only who wrote a note changes it")]
    NotYours,
    #[error("a tag has a name of at most 64 characters in one line")]
    TagName,
    #[error("no such tag, or one that is out of use")]
    UnknownTag,
    #[error("this tag is given and taken away by other roles")]
    ReservedTag,
    #[error("a text says something")]
    TextEmpty,
    #[error("the text is longer than 8,000 characters")]
    TextTooLong,
    #[error("a text has a name of 1 to 200 bytes in one line")]
    TextName,
    #[error("only who sent a text changes it")]
    NotYourText,
    #[error("too late: it can be recalled or edited for two minutes")]
    RecallOver,
    #[error("the text was recalled")]
    Recalled,
    #[error("the file is empty")]
    FileEmpty,
    #[error("the file is larger than {0} MiB, the most for its kind")]
    FileTooLarge(usize),
    #[error("files of this type are not taken: pictures, sound, films, PDF, office files and plain text are")]
    FileType,
    #[error("the file is not what its name says: its content is of the type {0}")]
    FileDisguised(&'static str),
    #[error("a text has at most 10 files, each sent once")]
    TooManyFiles,
    #[error("a rating is 1 to 5 stars")]
    Stars,
    #[error("a remark has at most 2,000 characters")]
    RemarkTooLong,
    #[error("too late: the invitation to rate is over")]
    RatingOver,
    #[error("the disposition tree is not valid: {0}")]
    Tree(String),
}

pub fn set_disposition(
    now: Timestamp,
    part: &Participation,
    tree: &DispositionTree,
    command: &SetDisposition,
) -> Result<Change, Refusal> {
    check_editable(now, part)?;
    match &command.path {
        Some(path) => match tree.find(path) {
            None => return Err(Refusal::Unknown),
            Some(node) if !node.children.is_empty() => return Err(Refusal::NotALeaf),
            Some(_) => {}
        },
        None if command.required => return Err(Refusal::Required),
        None => {}
    }
    Ok(Change { before: part.disposition.clone(), after: command.path.clone(), at: now })
}

/// During the call, in wrap-up and 24 hours after the talk: by someone who talked.
pub(crate) fn check_editable(now: Timestamp, part: &Participation) -> Result<(), Refusal> {
    match (part.joined_at, part.left_at) {
        (None, _) => Err(Refusal::NoPart),
        (Some(_), Some(left)) if now.since(left) > EDITABLE => Err(Refusal::TooLate),
        (Some(_), _) => Ok(()),
    }
}

impl DispositionTree {
    pub fn find(&self, path: &str) -> Option<&DispositionNode> {
        let mut keys = path.split('/');
        let mut node = self.0.iter().find(|n| Some(n.key.as_str()) == path.split('/').next())?;
        keys.next();
        for key in keys {
            node = node.children.iter().find(|n| n.key == key)?;
        }
        Some(node)
    }

    /// Before a tree is saved.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut count = 0;
        check_level(&self.0, 1, &mut count)
    }
}

fn check_level(nodes: &[DispositionNode], level: usize, count: &mut usize) -> Result<(), Refusal> {
    let fault = |what: String| Err(Refusal::Tree(what));
    if level > DEPTH && !nodes.is_empty() {
        return fault(format!("more than {DEPTH} levels"));
    }
    for (n, node) in nodes.iter().enumerate() {
        *count += 1;
        if *count > NODES {
            return fault(format!("more than {NODES} entries"));
        }
        if node.key.is_empty() || node.key.chars().count() > KEY_LENGTH || node.key.contains('/') {
            return fault(format!("`{}` is not a key", node.key));
        }
        if nodes[..n].iter().any(|other| other.key == node.key) {
            return fault(format!("`{}` stands twice", node.key));
        }
        check_level(&node.children, level + 1, count)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "disposition/tests.rs"]
mod tests;
