//! What contacts are known by: an identity links, a claim is only said. Nothing moves from one file to another here.

use crate::callbacks::reason_text;
use crate::contact_files::{object, standing, tell};
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::identity::IDENTITIES;
use ringdesk_contacts::{Claim, IdentityKind, Proof, Refusal, claim};
use ringdesk_model::{Actor, ContactId, Country, Pii, Scope, Timestamp};
use ringdesk_storage::contacts::{self, Identity, Known};
use ringdesk_storage::{contact_files, help_desk};

impl Operations {
    /// Add what somebody is known by. `proof`: how it is known to be theirs; without one it is kept as what they say.
    pub async fn add_identity(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
        (kind, value): (IdentityKind, &Pii<String>),
        proof: Option<Proof>,
        home: Country,
    ) -> Result<(), OperationError> {
        if kind == IdentityKind::Staff {
            return Err(Refusal::OfStaff.into());
        }
        let value = kind.normalise(value.reveal(), home)?;
        let identity = Identity { kind: kind.as_str(), value: Pii::new(value) };
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[id]).await?;
        standing(&mut tx, &key, scope, id).await?;
        // By a number or an address of theirs, what they ask as a customer would go into it.
        if !help_desk::staff_among(&mut tx, scope.account, &[id]).await?.is_empty() {
            return Err(Refusal::OfStaff.into());
        }
        let known = contacts::known_of(&mut tx, &key, &[id]).await?.remove(&id).unwrap_or_default();
        if known.len() >= IDENTITIES {
            return Err(Refusal::Identities(IDENTITIES).into());
        }
        let owner = contacts::by_identity(&mut tx, &key, &identity).await?;
        let action = match claim(proof, owner.is_some(), owner == Some(id)) {
            Claim::Known => return Ok(()),
            Claim::Contested => {
                let why = "it is an identity of another contact: merge the two, if they are one person";
                return Err(OperationError::InUse(why.into()));
            }
            Claim::Said => {
                contacts::claim(&mut tx, &key, now, id, &identity).await?;
                "contact.claim"
            }
            Claim::Links => {
                contacts::unclaim(&mut tx, &key, id, &identity).await?;
                let proof = proof.expect("nothing links without a proof");
                contacts::link(&mut tx, &key, now, id, &identity, proof)
                    .await
                    .map_err(OperationError::raced("the identity"))?;
                "contact.identify"
            }
        };
        let said = format!("{}, {}", kind.as_str(), proof.map_or("only said", Proof::as_str));
        audited(&mut tx, &key, now, actor, action, &object(id), None, Some(&said)).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// It is not theirs, or not any more. `identity`: its id in the file.
    pub async fn remove_identity(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
        identity: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[id]).await?;
        standing(&mut tx, &key, scope, id).await?;
        let known = contacts::known_of(&mut tx, &key, &[id]).await?.remove(&id).unwrap_or_default();
        let one = known.into_iter().find(|one| one.id == identity).ok_or(OperationError::NotFound("identity"))?;
        if one.kind == IdentityKind::Staff {
            return Err(Refusal::OfStaff.into());
        }
        match one.proof {
            Some(_) => contacts::unlink(&mut tx, &key, id, &one.identity()).await?,
            None => contacts::unclaim(&mut tx, &key, id, &one.identity()).await?,
        };
        let kind = one.kind.as_str();
        audited(&mut tx, &key, now, actor, "contact.unidentify", &object(id), Some(kind), None).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What somebody is known by in full, for a reason that is kept.
    pub async fn reveal_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
        reason: &str,
    ) -> Result<Vec<Known>, OperationError> {
        let reason = reason_text(reason)?;
        let (mut tx, key) = self.write(scope.account).await?;
        standing(&mut tx, &key, scope, id).await?;
        let known = contacts::known_of(&mut tx, &key, &[id]).await?.remove(&id).unwrap_or_default();
        audited(&mut tx, &key, now, actor, "numbers.reveal", &object(id), None, Some(&reason)).await?;
        tx.commit().await?;
        Ok(known)
    }
}
