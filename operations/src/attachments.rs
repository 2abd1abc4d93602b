//! Files beside texts: brought first, each by itself, then sent with a text. Who reads the text may open its files; who has no
//! login gets a link that ends.

use crate::desk::audited;
use crate::messages::{matter, writer};
use crate::secrets::{hex, unhex};
use crate::texts::used;
use crate::{OperationError, Operations};
use ringdesk_conversations::{Refusal, attachment};
use ringdesk_model::{AccountId, Actor, ConversationId, InboxId, Pii, Scope, Timestamp, UserId};
use ringdesk_storage::attachments::{self, Attachment, Contents, NewAttachment};
use ringdesk_storage::{Tx, conversations};
use ringdesk_vault::AccountKey;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// What one of us, or all who write to an inbox, may have brought without sending it.
const PILE: i64 = 200 * 1024 * 1024;
/// What nobody sent by then is thrown away.
const UNSENT: Duration = Duration::from_secs(24 * 3_600);
/// Thrown away at once.
const SWEEP: i64 = 200;
/// For one look at a file by the scanner.
const SCAN: Duration = Duration::from_secs(60);
const DOMAIN: &str = "attachment link 1";
/// How long a link holds that goes out with a text: whoever bridges a channel fetches at once, and again after a fault.
pub const LINK: Duration = Duration::from_secs(3 * 86_400);
/// account, attachment, until.
const SIGNED: usize = 16 + 16 + 8;

/// A file, opened.
pub struct Opened {
    pub attachment: Attachment,
    pub content: Vec<u8>,
}

/// A program that looks at what is brought (a virus scanner), with its arguments. It reads the file from its standard input;
/// 0: it may be kept; anything else: it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner(pub Vec<String>);

impl Scanner {
    async fn passes(&self, content: &[u8]) -> Result<bool, OperationError> {
        const FAULT: OperationError = OperationError::Internal("the scanner of files cannot be run");
        let Some((program, arguments)) = self.0.split_first() else { return Ok(true) };
        let mut child = tokio::process::Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| FAULT)?;
        let mut stdin = child.stdin.take().ok_or(FAULT)?;
        let looked = async {
            // One that has seen enough closes its input: what it says counts.
            let _ = stdin.write_all(content).await;
            drop(stdin);
            child.wait().await
        };
        match tokio::time::timeout(SCAN, looked).await {
            Ok(Ok(status)) => Ok(status.success()),
            _ => Err(FAULT),
        }
    }
}

impl Operations {
    /// Bring a file to a conversation by text, to be sent with one's next text.
    pub async fn bring_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        (name, content): (&Pii<String>, Vec<u8>),
    ) -> Result<Attachment, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let matter = matter(&mut tx, &key, scope, conversation).await?;
        drop(tx);
        let inbox = matter.inbox.ok_or(OperationError::NotFound("inbox"))?;
        let author = writer(actor).0.ok_or(OperationError::NotAllowed)?;
        self.keep_file(now, actor, (scope.account, inbox), Some(author), (name, content)).await
    }

    /// A contact brings one, by the inbox they write to.
    pub async fn receive_file(
        &self,
        now: Timestamp,
        account: AccountId,
        inbox: InboxId,
        (name, content): (&Pii<String>, Vec<u8>),
    ) -> Result<Attachment, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        used(&mut tx, account, inbox).await?;
        drop(tx);
        self.keep_file(now, &Actor::Contact, (account, inbox), None, (name, content)).await
    }

    pub(crate) async fn keep_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        (account, inbox): (AccountId, InboxId),
        author: Option<UserId>,
        (name, content): (&Pii<String>, Vec<u8>),
    ) -> Result<Attachment, OperationError> {
        let taken = attachment(name.reveal(), &content)?;
        self.scanned(&content).await?;
        let (mut tx, key) = self.write(account).await?;
        if attachments::piled_up(&mut tx, account, inbox, author).await? > PILE {
            return Err(OperationError::InUse("too many files were brought and not sent; try again later".into()));
        }
        let id: Uuid = self.id(now);
        let (kind, mime, name) = (taken.file_type.kind.as_str(), taken.file_type.mime, Pii::new(taken.name));
        let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
        let new = NewAttachment { id, inbox, author, kind, mime, name: &name, bytes, content: None, at: now };
        attachments::insert(&mut tx, &key, &new).await?;
        let what = format!("inbox:{inbox}, {mime}, {bytes} bytes");
        audited(&mut tx, &key, now, actor, "attachment.bring", &object(id), None, Some(&what)).await?;
        tx.commit().await?;
        // The row first: a file without one would be found by nobody, a row without its file is swept with what was not sent.
        let contents = self.contents();
        let sealing = tokio::task::spawn_blocking(move || contents.keep(&key, id, &content));
        sealing.await.map_err(|_| OperationError::Internal("a file could not be kept"))??;
        let (kind, mime) = (kind.to_owned(), mime.to_owned());
        Ok(Attachment { id, content: id, inbox, author, message: None, kind, mime, name, bytes, at: now })
    }

    /// The scanner, where there is one, has nothing against it.
    pub(crate) async fn scanned(&self, content: &[u8]) -> Result<(), OperationError> {
        match &self.scanner {
            Some(scanner) if !scanner.passes(content).await? => {
                Err(OperationError::Invalid("the scanner refuses this file".into()))
            }
            _ => Ok(()),
        }
    }

    /// The files of a conversation's texts between two numbers (the first not among them).
    pub async fn files_of(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        between: (i64, i64),
    ) -> Result<Vec<Attachment>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, conversation)
            .await?
            .ok_or(OperationError::NotFound("conversation"))?;
        Ok(attachments::of_conversation(&mut tx, &key, conversation, between).await?)
    }

    /// Open a file whose text this reader may read; or one's own that was not sent yet. The audit keeps who opened it.
    pub async fn open_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Opened, OperationError> {
        const NONE: OperationError = OperationError::NotFound("file");
        let (mut tx, key) = self.write(scope.account).await?;
        let found = attachments::get(&mut tx, &key, id).await?.ok_or(NONE)?;
        let mine = found.author.is_some() && found.author == writer(actor).0;
        match found.message {
            None if mine => {}
            None => return Err(NONE),
            Some(message) => {
                let conversation = attachments::conversation_of(&mut tx, scope, message).await?.ok_or(NONE)?;
                let about = format!("conversation:{conversation}");
                audited(&mut tx, &key, now, actor, "attachment.open", &object(id), None, Some(&about)).await?;
            }
        }
        tx.commit().await?;
        self.opened(found, key).await
    }

    /// Somebody uses a link.
    pub async fn open_file_by_link(&self, now: Timestamp, link: &str) -> Result<Opened, OperationError> {
        const NONE: OperationError = OperationError::NotFound("file");
        let bytes = unhex(link).filter(|bytes| bytes.len() == SIGNED + 32).ok_or(NONE)?;
        let (signed, proof) = bytes.split_at(SIGNED);
        let id = |at: usize| signed.get(at..at + 16)?.try_into().ok().map(Uuid::from_bytes);
        let (account, id) = (AccountId(id(0).ok_or(NONE)?), id(16).ok_or(NONE)?);
        let until = signed[32..].try_into().map(i64::from_be_bytes).map_err(|_| NONE)?;
        if !self.accounts().await?.contains(&account) {
            return Err(NONE);
        }
        let (mut tx, key) = self.write(account).await?;
        if !key.proves(DOMAIN, signed, proof) {
            return Err(NONE);
        }
        if Timestamp(until) <= now {
            return Err(OperationError::Over("this link"));
        }
        let found = attachments::get(&mut tx, &key, id).await?.ok_or(NONE)?;
        let message = found.message.ok_or(NONE)?;
        // A text that was recalled takes its files with it.
        if attachments::of_message(&mut tx, &key, message).await?.iter().all(|one| one.id != id) {
            return Err(OperationError::Over("this file"));
        }
        audited(&mut tx, &key, now, &Actor::Contact, "attachment.open_by_link", &object(id), None, None).await?;
        tx.commit().await?;
        self.opened(found, key).await
    }

    /// The files of a text that leaves, each with a link to it.
    pub async fn files_leaving(
        &self,
        now: Timestamp,
        account: AccountId,
        message: Uuid,
    ) -> Result<Vec<(Attachment, String)>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let found = attachments::of_message(&mut tx, &key, message).await?;
        Ok(linked(&key, now, found))
    }

    /// The files of a visitor's conversation between two numbers, each with a link to it. Whose it is was asked before.
    pub async fn visitor_files(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
        between: (i64, i64),
    ) -> Result<Vec<(Attachment, String)>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let found = attachments::of_conversation(&mut tx, &key, conversation, between).await?;
        Ok(linked(&key, now, found))
    }

    /// Throw away what was brought and never sent. Gives how many.
    pub async fn sweep_files(&self, now: Timestamp, account: AccountId) -> Result<usize, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let old = attachments::unsent(&mut tx, account, now - UNSENT, SWEEP).await?;
        drop(tx);
        let contents = self.contents();
        for id in &old {
            let (mut tx, _) = self.write(account).await?;
            let gone = attachments::forget_unsent(&mut tx, account, *id).await?;
            tx.commit().await?;
            if gone {
                contents.remove(*id)?;
            }
        }
        Ok(old.len())
    }

    pub(crate) async fn opened(
        &self,
        attachment: Attachment,
        key: std::sync::Arc<AccountKey>,
    ) -> Result<Opened, OperationError> {
        let (contents, id) = (self.contents(), attachment.content);
        let read = tokio::task::spawn_blocking(move || contents.open(&key, id)).await;
        let content = read.map_err(|_| OperationError::Internal("a file could not be read"))??;
        Ok(Opened { attachment, content: content.ok_or(OperationError::Over("this file"))? })
    }

    pub(crate) fn contents(&self) -> Contents {
        Contents::within(self.store.folder())
    }
}

/// Put files with a text of the same transaction, in this order. Whose they are must have brought them, by the same inbox.
pub(crate) async fn send_files(
    tx: &mut Tx,
    account: AccountId,
    (inbox, author): (InboxId, Option<UserId>),
    message: Uuid,
    files: &[Uuid],
) -> Result<(), OperationError> {
    for (place, id) in files.iter().enumerate() {
        if files[..place].contains(id) {
            return Err(Refusal::TooManyFiles.into());
        }
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        if !attachments::send(tx, account, (*id, inbox, author), (message, place)).await? {
            return Err(OperationError::NotFound("file"));
        }
    }
    Ok(())
}

fn linked(key: &AccountKey, now: Timestamp, found: Vec<Attachment>) -> Vec<(Attachment, String)> {
    let linked = |one: Attachment| {
        let link = link(key, one.id, now + LINK);
        (one, link)
    };
    found.into_iter().map(linked).collect()
}

fn link(key: &AccountKey, id: Uuid, until: Timestamp) -> String {
    let mut bytes = Vec::with_capacity(SIGNED + 32);
    bytes.extend_from_slice(key.account().0.as_bytes());
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(&until.0.to_be_bytes());
    let proof = key.prove(DOMAIN, &bytes);
    bytes.extend_from_slice(&proof);
    hex(&bytes)
}

fn object(id: Uuid) -> String {
    format!("attachment:{id}")
}
