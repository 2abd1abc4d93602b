//! Links by which somebody without a login hears one recording, for a while.
//!
//! A link is no row: it names the recording, who made it and until when it holds, and carries the account's signature over
//! that. It is worth what its maker's rights are worth when it is used, and nothing once the recording is erased.

use crate::desk::audited;
use crate::secrets::{hex, unhex};
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{AccountId, Actor, RecordingId, Scope, Timestamp, UserId};
use ringdesk_storage::recordings::{self, RecordingView};
use ringdesk_storage::users;
use ringdesk_vault::AccountKey;
use std::time::Duration;
use uuid::Uuid;

const DOMAIN: &str = "recording link 1";
/// The longest life of a link.
pub const LONGEST_LINK: Duration = Duration::from_secs(7 * 86_400);
/// account, recording, user, until, format.
const SIGNED: usize = 16 + 16 + 16 + 8 + 1;
const PROOF: usize = 32;

/// What a recording is heard as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    Ogg,
    Wav,
}

/// What a link says.
struct Said {
    account: AccountId,
    recording: RecordingId,
    user: UserId,
    until: Timestamp,
    format: AudioFormat,
}

impl Operations {
    /// Make a link; gives its token and until when it holds.
    pub async fn make_recording_link(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        format: AudioFormat,
        life: Duration,
    ) -> Result<(String, Timestamp), OperationError> {
        if life.is_zero() || life > LONGEST_LINK {
            return Err(OperationError::Invalid("a link lives for a week at most".into()));
        }
        let (mut tx, key) = self.write(scope.account).await?;
        recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        let until = now + life;
        let after = format!("until {until}");
        audited(&mut tx, &key, now, actor, "recording.link", &format!("recording:{id}"), None, Some(&after)).await?;
        tx.commit().await?;
        let said = Said { account: scope.account, recording: id, user: scope.user, until, format };
        Ok((token(&key, &said), until))
    }

    /// Somebody uses a link. The audit keeps whose link it was, and from where it was used.
    pub async fn use_recording_link(
        &self,
        now: Timestamp,
        link: &str,
        address: &str,
    ) -> Result<(RecordingView, AudioFormat), OperationError> {
        const NOT_FOUND: OperationError = OperationError::NotFound("recording");
        let bytes = unhex(link).ok_or(NOT_FOUND)?;
        let said = said(&bytes).ok_or(NOT_FOUND)?;
        if !self.accounts().await?.contains(&said.account) {
            return Err(NOT_FOUND);
        }
        let (mut tx, key) = self.write(said.account).await?;
        if !key.proves(DOMAIN, &bytes[..SIGNED], &bytes[SIGNED..]) {
            return Err(NOT_FOUND);
        }
        if said.until <= now {
            return Err(OperationError::Over("this link"));
        }
        let maker = users::by_id(&mut tx, said.account, said.user).await?.map(|c| c.user).filter(|u| !u.disabled);
        let maker = maker.ok_or(OperationError::Over("this link"))?;
        let grants = Grants::of(maker.roles.iter().map(String::as_str), self.roles());
        if !grants.allows(Permission::RecordingsPlay) {
            return Err(OperationError::Over("this link"));
        }
        let scope = grants.scope(maker.account, maker.id, maker.agent);
        let found = recordings::get(&mut tx, &scope, said.recording).await?.ok_or(NOT_FOUND)?;
        let actor = Actor::User { user: maker.id, agent: maker.agent, address: Some(address.to_owned()) };
        let object = format!("recording:{}", said.recording);
        audited(&mut tx, &key, now, &actor, "recording.play_by_link", &object, None, None).await?;
        tx.commit().await?;
        Ok((found, said.format))
    }
}

fn token(key: &AccountKey, said: &Said) -> String {
    let mut bytes = Vec::with_capacity(SIGNED + PROOF);
    bytes.extend_from_slice(said.account.0.as_bytes());
    bytes.extend_from_slice(said.recording.0.as_bytes());
    bytes.extend_from_slice(said.user.0.as_bytes());
    bytes.extend_from_slice(&said.until.0.to_be_bytes());
    bytes.push(match said.format {
        AudioFormat::Ogg => 0,
        AudioFormat::Wav => 1,
    });
    let proof = key.prove(DOMAIN, &bytes);
    bytes.extend_from_slice(&proof);
    hex(&bytes)
}

fn said(bytes: &[u8]) -> Option<Said> {
    if bytes.len() != SIGNED + PROOF {
        return None;
    }
    let id = |at: usize| bytes.get(at..at + 16)?.try_into().ok().map(Uuid::from_bytes);
    Some(Said {
        account: AccountId(id(0)?),
        recording: RecordingId(id(16)?),
        user: UserId(id(32)?),
        until: Timestamp(i64::from_be_bytes(bytes.get(48..56)?.try_into().ok()?)),
        format: match bytes.get(56)? {
            0 => AudioFormat::Ogg,
            1 => AudioFormat::Wav,
            _ => return None,
        },
    })
}
