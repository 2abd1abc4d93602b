//! Files that everybody may send: manuals, quotes, guides. Kept once in versions, found while somebody answers, sent without an
//! upload. What was sent stays as it was, whatever becomes of the file.

use crate::attachments::Opened;
use crate::desk::audited;
use crate::messages::{matter, writer};
use crate::{OperationError, Operations};
use ringdesk_conversations::{SharedFile, SharedVersion, attachment, shared_names, shared_title};
use ringdesk_model::{AccountId, Actor, ConversationId, Pii, QueueId, Scope, Timestamp};
use ringdesk_storage::attachments::{self, Attachment, NewAttachment};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, agents, shared_files};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Of one account.
const FILES: usize = 1_000;
/// Shown while somebody looks for one.
const FOUND: usize = 20;
const NONE: OperationError = OperationError::NotFound("shared file");

/// How one is called and found, who sees it, and whether it is sent.
#[derive(Clone, Debug)]
pub struct SharedWish {
    pub title: String,
    pub tags: Vec<String>,
    pub queues: BTreeSet<QueueId>,
    pub withdrawn: bool,
}

impl Operations {
    /// All of them, for those who keep them.
    pub async fn shared_files(&self, scope: &Scope) -> Result<Vec<SharedFile>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(shared_files::all(&mut tx, &key).await?)
    }

    /// The best answers to what was typed among those that this agent may send; without words the most used.
    pub async fn find_shared_files(&self, scope: &Scope, typed: &str) -> Result<Vec<SharedFile>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let queues = queues_of(&mut tx, scope).await?;
        let mine = |file: &SharedFile| scope.everyone && file.withdrawn_at.is_none() || file.is_for(&queues);
        let all = shared_files::all(&mut tx, &key).await?.into_iter().filter(mine);
        let mut ranked: Vec<_> = all.filter_map(|file| Some((file.rank(typed)?, file))).collect();
        ranked.sort_by_key(|(rank, file)| (*rank, -file.uses));
        Ok(ranked.into_iter().take(FOUND).map(|(_, file)| file).collect())
    }

    /// Keep one; its first name is that of its file.
    pub async fn share_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (name, content): (&Pii<String>, Vec<u8>),
    ) -> Result<SharedFile, OperationError> {
        let version = self.shared_version(now, 1, name, &content).await?;
        let (mut tx, key) = self.read(account).await?;
        if shared_files::all(&mut tx, &key).await?.len() >= FILES {
            return Err(OperationError::Invalid(format!("an account has at most {FILES} shared files")));
        }
        drop(tx);
        self.keep_shared(&key, version.id, content).await?;
        let title = shared_title(version.name.reveal());
        let (tags, queues) = (Vec::new(), BTreeSet::new());
        let file = SharedFile { id: self.id(now), title, tags, queues, uses: 0, withdrawn_at: None, version };
        let (mut tx, key) = self.write(account).await?;
        shared_files::insert(&mut tx, &key, &file, writer(actor).0).await?;
        told(&mut tx, &key, now, actor, ("shared_file.add", &file), None).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// What it contains from now on; what was sent before stays what it was.
    pub async fn renew_shared_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Uuid,
        (name, content): (&Pii<String>, Vec<u8>),
    ) -> Result<SharedFile, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        shared_files::get(&mut tx, &key, id, None).await?.ok_or(NONE)?;
        drop(tx);
        let mut version = self.shared_version(now, 1, name, &content).await?;
        self.keep_shared(&key, version.id, content).await?;
        let (mut tx, key) = self.write(account).await?;
        let before = shared_files::get(&mut tx, &key, id, None).await?.ok_or(NONE)?;
        version.n = before.version.n + 1;
        shared_files::add_version(&mut tx, &key, id, &version, writer(actor).0).await?;
        let file = SharedFile { version, ..before };
        told(&mut tx, &key, now, actor, ("shared_file.renew", &file), None).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// Call it otherwise, show it to others, or send it no more.
    pub async fn change_shared_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Uuid,
        wish: SharedWish,
    ) -> Result<SharedFile, OperationError> {
        let (title, tags) = shared_names(&wish.title, &wish.tags)?;
        let (mut tx, key) = self.write(account).await?;
        let before = shared_files::get(&mut tx, &key, id, None).await?.ok_or(NONE)?;
        let known: BTreeSet<QueueId> = agents::queues(&mut tx, account).await?.iter().map(|queue| queue.id).collect();
        if !wish.queues.is_subset(&known) {
            return Err(OperationError::NotFound("queue"));
        }
        let withdrawn_at = wish.withdrawn.then(|| before.withdrawn_at.unwrap_or(now));
        let was = before.title.clone();
        let file = SharedFile { title, tags, queues: wish.queues, withdrawn_at, ..before };
        let names = (file.title.as_str(), file.tags.as_slice(), &file.queues);
        shared_files::change(&mut tx, account, id, names, withdrawn_at).await?;
        told(&mut tx, &key, now, actor, ("shared_file.change", &file), Some(&was)).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// What a version of it contains (`None`: the last). The audit keeps who looked.
    pub async fn open_shared_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (id, n): (Uuid, Option<i64>),
        keeps: bool,
    ) -> Result<Opened, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let file = shared_files::get(&mut tx, &key, id, n).await?.ok_or(NONE)?;
        if !keeps && !file.is_for(&queues_of(&mut tx, scope).await?) {
            return Err(NONE);
        }
        let about = format!("version {}", file.version.n);
        audited(&mut tx, &key, now, actor, "shared_file.open", &object(id), None, Some(&about)).await?;
        tx.commit().await?;
        let SharedVersion { id, kind, mime, name, bytes, at, .. } = file.version;
        // Of no inbox: it is read here, and belongs to no text.
        let inbox = ringdesk_model::InboxId(Uuid::nil());
        let shown = Attachment { id, content: id, inbox, author: None, message: None, kind, mime, name, bytes, at };
        self.opened(shown, key).await
    }

    /// Bring one to a conversation by text, without an upload: it leaves with my next text that names it, and counts as used.
    pub async fn bring_shared_file(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        id: Uuid,
    ) -> Result<Attachment, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let matter = matter(&mut tx, &key, scope, conversation).await?;
        let inbox = matter.inbox.ok_or(OperationError::NotFound("inbox"))?;
        let author = writer(actor).0.ok_or(OperationError::NotAllowed)?;
        let file = shared_files::get(&mut tx, &key, id, None).await?.ok_or(NONE)?;
        let sees = scope.everyone && file.withdrawn_at.is_none() || file.is_for(&queues_of(&mut tx, scope).await?);
        if !sees {
            return Err(NONE);
        }
        let SharedVersion { id: content, n, kind, mime, name, bytes, .. } = file.version;
        let mine: Uuid = self.id(now);
        let (content_id, author) = (Some(content), Some(author));
        let (of_kind, of_type) = (kind.as_str(), mime.as_str());
        let new = NewAttachment {
            id: mine,
            inbox,
            author,
            kind: of_kind,
            mime: of_type,
            name: &name,
            bytes,
            content: content_id,
            at: now,
        };
        attachments::insert(&mut tx, &key, &new).await?;
        shared_files::used(&mut tx, scope.account, id).await?;
        let what = format!("attachment:{mine}, conversation:{conversation}, version {n}");
        audited(&mut tx, &key, now, actor, "shared_file.bring", &object(id), None, Some(&what)).await?;
        tx.commit().await?;
        Ok(Attachment { id: mine, content, inbox, author, message: None, kind, mime, name, bytes, at: now })
    }

    /// A file as it may be kept.
    async fn shared_version(
        &self,
        now: Timestamp,
        n: i64,
        name: &Pii<String>,
        content: &[u8],
    ) -> Result<SharedVersion, OperationError> {
        let taken = attachment(name.reveal(), content)?;
        self.scanned(content).await?;
        let (kind, mime) = (taken.file_type.kind.as_str().to_owned(), taken.file_type.mime.to_owned());
        let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
        Ok(SharedVersion { id: self.id(now), n, kind, mime, name: Pii::new(taken.name), bytes, at: now })
    }

    /// Its content first: a row that leads to nothing would be sent.
    async fn keep_shared(
        &self,
        key: &std::sync::Arc<AccountKey>,
        id: Uuid,
        content: Vec<u8>,
    ) -> Result<(), OperationError> {
        let (contents, key) = (self.contents(), key.clone());
        let sealing = tokio::task::spawn_blocking(move || contents.keep(&key, id, &content));
        sealing.await.map_err(|_| OperationError::Internal("a file could not be kept"))??;
        Ok(())
    }
}

async fn queues_of(tx: &mut Tx, scope: &Scope) -> Result<BTreeSet<QueueId>, StoreError> {
    let members = agents::queue_agents(tx, scope.account).await?.into_iter();
    Ok(members.filter(|of| Some(of.agent) == scope.agent).map(|of| of.queue).collect())
}

async fn told(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    actor: &Actor,
    (action, file): (&'static str, &SharedFile),
    was: Option<&str>,
) -> Result<(), OperationError> {
    let is = format!(
        "{}, version {}{}",
        file.title,
        file.version.n,
        if file.withdrawn_at.is_some() { ", withdrawn" } else { "" }
    );
    audited(tx, key, now, actor, action, &object(file.id), was, Some(&is)).await?;
    let payload = Pii::new(serde_json::json!({ "shared_file": file.id }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "shared_files_changed", payload }]).await?;
    Ok(())
}

fn object(id: Uuid) -> String {
    format!("shared_file:{id}")
}
