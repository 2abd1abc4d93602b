//! Help desks of the house (IT, administration): inboxes to which only staff write, at their console.
//!
//! Who asks is a contact known by their user, with one file for all desks. Who answers has what they ask like any other text, in queue,
//! routing and desk; what the asker reads of it is what a visitor would ([`crate::visitors`]).

use crate::desk::audited;
use crate::messages::{Acknowledged, cursors_moved};
use crate::texts::{InboundText, used};
use crate::{OperationError, Operations};
use ringdesk_contacts::{Profile, Proof};
use ringdesk_model::{
    AccountId, Actor, AgentId, Channel, ContactId, ConversationId, InboxId, Pii, Scope, Timestamp, UserId,
};
use ringdesk_storage::attachments::Attachment;
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::help_desk::{self, StaffTalk};
use ringdesk_storage::text_inboxes::{self, TextInbox};
use ringdesk_storage::text_matters::{self, Cursors};
use ringdesk_storage::visitors::VisitorLine;
use ringdesk_storage::{Tx, contact_files};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

const NONE: OperationError = OperationError::NotFound("conversation");
/// Conversations of one colleague that are listed.
const TALKS: i64 = 100;

impl Operations {
    /// Those to which somebody can write, by name.
    pub async fn help_desks(&self, scope: &Scope) -> Result<Vec<TextInbox>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let all = text_inboxes::all(&mut tx, scope.account).await?.into_iter();
        Ok(all.filter(|inbox| inbox.channel == Channel::HelpDesk && !inbox.disabled).collect())
    }

    /// What the reader asked, the one with the newest line first.
    pub async fn help_talks(&self, scope: &Scope) -> Result<Vec<StaffTalk>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(help_desk::talks_of(&mut tx, scope.account, scope.user, TALKS).await?)
    }

    /// Bring a file to a help desk, to be sent with one's next text to it.
    pub async fn bring_to_help_desk(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        inbox: InboxId,
        file: (&Pii<String>, Vec<u8>),
    ) -> Result<Attachment, OperationError> {
        self.open_help_desk(scope.account, inbox).await?;
        self.keep_file(now, actor, (scope.account, inbox), Some(scope.user), file).await
    }

    /// Write to a help desk: what is open with it goes on, else something new begins. `name` is the sender's own for the text: sent
    /// again under it, it is the same one. `called`: the name of who asks. `files`: what they brought for it, in this order.
    pub async fn ask_help_desk(
        &self,
        now: Timestamp,
        scope: &Scope,
        inbox: InboxId,
        (name, called, text, files): (&str, &str, &Pii<String>, Vec<Uuid>),
    ) -> Result<Acknowledged, OperationError> {
        self.open_help_desk(scope.account, inbox).await?;
        let inbound = InboundText {
            // A colleague's texts have other names, whatever their pages call them.
            name: format!("{}:{name}", scope.user),
            address: Pii::new(scope.user.to_string()),
            contact_name: Some(Pii::new(called.to_owned())),
            text: text.clone(),
            files,
            visit: None,
        };
        self.receive_text(now, scope.account, inbox, &inbound).await
    }

    /// The lines of one's own after a number, in their order.
    pub async fn help_lines(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after: i64,
    ) -> Result<Vec<VisitorLine>, OperationError> {
        self.help_talk(scope, conversation).await?;
        self.visitor_lines(scope.account, conversation, after).await
    }

    /// The reader has read so far. Never goes back, and never beyond the last line.
    pub async fn read_help_talk(
        &self,
        now: Timestamp,
        scope: &Scope,
        conversation: ConversationId,
        seq: i64,
    ) -> Result<(), OperationError> {
        let talk = self.help_talk(scope, conversation).await?;
        let seq = seq.clamp(0, talk.last_seq);
        if seq <= talk.read {
            return Ok(());
        }
        let (mut tx, key) = self.write(scope.account).await?;
        let to = Cursors { delivered: seq, read: seq, seen: 0 };
        if let Some(moved) = text_matters::advance(&mut tx, scope.account, conversation, to).await? {
            cursors_moved(&mut tx, &key, now, conversation, moved).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Take one's own back, for two minutes.
    pub async fn recall_from_help_desk(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (conversation, seq): (ConversationId, i64),
    ) -> Result<(), OperationError> {
        self.help_talk(scope, conversation).await?;
        self.recall_of_contact(now, actor, scope.account, (conversation, seq)).await
    }

    /// Who has one of one's own in hand: they are told that the asker writes.
    pub async fn helper_of(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Option<AgentId>, OperationError> {
        self.help_talk(scope, conversation).await?;
        self.in_hand_of(scope.account, conversation).await
    }

    /// Which of ours asked; `None`: it is no conversation with a help desk.
    pub async fn asker_of(
        &self,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<UserId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(help_desk::askers(&mut tx, account, &[conversation]).await?.get(&conversation).copied())
    }

    /// One to which somebody can write.
    async fn open_help_desk(&self, account: AccountId, inbox: InboxId) -> Result<(), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        match used(&mut tx, account, inbox).await?.channel {
            Channel::HelpDesk => Ok(()),
            _ => Err(OperationError::NotFound("help desk")),
        }
    }

    /// For whoever did not ask it there is none.
    async fn help_talk(&self, scope: &Scope, conversation: ConversationId) -> Result<StaffTalk, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        help_desk::talk_of(&mut tx, scope.account, scope.user, conversation).await?.ok_or(NONE)
    }

    /// The file of who asks, under the name they have now; made with their first question.
    pub(crate) async fn staff_file(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        identity: &Identity,
        inbound: &InboundText,
    ) -> Result<(), OperationError> {
        let (account, user) = (key.account(), user_of(inbound)?);
        let id = match help_desk::file_of(tx, account, user).await? {
            Some(there) => there,
            None => {
                let new: ContactId = self.id(now);
                // Made by nobody of the staff: who makes a file sees what others note in it.
                contact_files::create(tx, account, now, new, None).await?;
                help_desk::set_staff(tx, account, new, user).await?;
                contacts::link(tx, key, now, new, identity, Proof::Staff).await?;
                let (object, said) = (format!("contact:{new}"), format!("of user:{user}"));
                audited(tx, key, now, &actor(user), "contact.create", &object, None, Some(&said)).await?;
                new
            }
        };
        let Some(file) = contact_files::get(tx, key, id).await? else { return Ok(()) };
        if inbound.contact_name.is_some() && file.profile.name != inbound.contact_name {
            let profile = Profile { name: inbound.contact_name.clone(), ..file.profile };
            contact_files::put(tx, key, id, &profile).await?;
        }
        Ok(())
    }
}

/// By what one of ours is known who writes to a help desk, and who it is that writes.
pub(crate) fn asker(inbound: &InboundText) -> Result<(Identity, Actor), OperationError> {
    let user = user_of(inbound)?;
    Ok((Identity { kind: "staff", value: Pii::new(user.to_string()) }, actor(user)))
}

fn actor(user: UserId) -> Actor {
    Actor::User { user, agent: None, address: None }
}

/// To a help desk they are known by their user. Who has none did not come by the console.
fn user_of(inbound: &InboundText) -> Result<UserId, OperationError> {
    inbound.address.reveal().parse().map_err(|_| OperationError::InternalInbox)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S1.24
    #[test]
    fn who_asks_is_known_by_their_user_and_nothing_else() {
        let user: UserId = Ids::seeded(1).next(Timestamp(0));
        let text = |address: &str| InboundText {
            name: "a".into(),
            address: Pii::new(address.into()),
            contact_name: None,
            text: Pii::new("my screen is dark".into()),
            files: Vec::new(),
            visit: None,
        };
        let (identity, by) = asker(&text(&user.to_string())).unwrap();
        assert_eq!((identity.kind, identity.value.reveal()), ("staff", &user.to_string()));
        assert_eq!(by, Actor::User { user, agent: None, address: None });
        assert!(matches!(asker(&text("mei")), Err(OperationError::InternalInbox)));
    }
}
