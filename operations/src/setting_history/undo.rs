//! The way back: an earlier state is written by the operation that writes such a state on any day, with its laws, its audit entry
//! and so its own place in the history.

use super::facet::Facet;
use super::kept::{
    CalendarState, ChannelState, ClosureState, FieldState, FlowState, InboxState, NumberState, PromptState, QueueState,
    RolesState, RuleListState, RuleState, TagState, TextInboxState, TreeState, TrunkState, UserState,
};
use super::ticketing::{DepartmentState, TicketTypeState};
use super::{makes, state};
use crate::alerts::NamedRule;
use crate::directory::NewTrunk;
use crate::dispositions::NewTree;
use crate::inbox_setup::InboxEdit;
use crate::people::{AboutEdit, language_form};
use crate::queues::QueueEdit;
use crate::routing_setup::AgentRouting;
use crate::staff::UserEdit;
use crate::tags::TagEdit;
use crate::text_inboxes::TextInboxEdit;
use crate::trunks::PhoneNumber;
use crate::{OperationError, Operations, SignedIn};
use ringdesk_access::{ChallengeRule, Grants, Permission, role_name};
use ringdesk_contacts::FieldRule;
use ringdesk_conversations::RecordingRule;
use ringdesk_model::{AccountId, FlowId, Pii, Timestamp, UserId};
use ringdesk_notices::HouseNotices;
use ringdesk_routing::ChannelSetup;
use ringdesk_storage::inboxes::Closure;
use ringdesk_storage::users::User;
use ringdesk_storage::{agents, disposition_trees, inboxes, setting_versions, users};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::str::FromStr;
use uuid::Uuid;

/// What the gateway asks of other rooms before a state may be written: whether a flow or a trunk makes sense to them.
pub trait Checked: Sync {
    fn flow(&self, document: &Value) -> Result<(), String>;
    fn trunk(&self, trunk: &NewTrunk) -> Result<(), String>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    Done,
    /// A phone came back, with a new password that is shown once.
    Phone {
        extension: String,
        password: String,
    },
    /// The take of a prompt that callers shall hear again, `None`: the spoken text. A file of the server: its library does it.
    Prompt {
        object: String,
        take: Option<u32>,
    },
}

impl Operations {
    /// Put a part of a setting back as it was before the change `id`. `newest`: the number of the newest change of this part that
    /// whoever undoes has seen; where there is a newer one nothing happens.
    pub async fn undo_setting(
        &self,
        now: Timestamp,
        who: &SignedIn,
        id: Uuid,
        newest: i64,
        checked: &dyn Checked,
    ) -> Result<Undone, OperationError> {
        let account = who.user.account;
        let (mut tx, key) = self.read(account).await?;
        let gone = || OperationError::NotFound("change of a setting");
        let change = setting_versions::by_id(&mut tx, &key, id).await?.ok_or_else(gone)?;
        let (action, change) = (change.action, change.version);
        let facet = Facet::parse(&change.facet).ok_or_else(gone)?;
        if !who.grants.allows(facet.permission()) {
            return Err(OperationError::NotAllowed);
        }
        let latest = setting_versions::latest(&mut tx, &key, &change.object, &change.facet, i64::MAX).await?;
        if latest.is_some_and(|latest| latest.seq != newest) {
            return Err(OperationError::Changed("this setting"));
        }
        let earlier = setting_versions::latest(&mut tx, &key, &change.object, &change.facet, change.seq).await?;
        let earlier = match earlier {
            Some(version) => state::parsed(&version.state)?,
            None if !makes(&action) => {
                return Err(OperationError::Invalid("nothing is known of what was before".into()));
            }
            None => Value::Null,
        };
        let present = state::read(&mut tx, &key, facet, &change.object).await?;
        drop(tx);
        let back = Back { now, who, account, object: &change.object, earlier, present };
        self.put_back(facet, back, checked).await
    }

    async fn put_back(&self, facet: Facet, back: Back<'_>, checked: &dyn Checked) -> Result<Undone, OperationError> {
        let Back { now, who, account, .. } = back;
        let actor = &who.actor;
        match facet {
            Facet::Queue => {
                let edit = match back.state::<QueueState>()? {
                    Some(was) => QueueEdit {
                        name: Some(was.name),
                        active: Some(was.active),
                        settings: was.settings,
                        members: Some(was.members.into_iter().collect()),
                        whole: true,
                    },
                    None => QueueEdit { active: Some(false), ..QueueEdit::default() },
                };
                self.edit_queue(now, actor, account, back.id()?, edit, None).await?;
            }
            Facet::QueueRecording => {
                let rule: Option<RecordingRule> = back.state()?;
                self.set_queue_recording_rule(now, actor, account, back.id()?, rule).await?;
            }
            Facet::InboxRecording => {
                let rule: Option<RecordingRule> = back.state()?;
                self.set_recording_rule(now, actor, account, back.id()?, rule).await?;
            }
            Facet::Dispositions => {
                let was: TreeState = back.state()?.unwrap_or_default();
                let queue = back.object.starts_with("queue:").then(|| back.id()).transpose()?;
                let all = disposition_trees::all(&mut self.read(account).await?.0, account).await?;
                let owner = queue.map_or(disposition_trees::Owner::Account(account), disposition_trees::Owner::Queue);
                let replaces = all.into_iter().find(|t| t.owner == owner).map_or(0, |t| t.version);
                let required = queue.map(|_| was.required);
                self.publish_dispositions(now, actor, account, NewTree { queue, tree: was.tree, replaces, required })
                    .await?;
            }
            Facet::Inbox => {
                let edit = match back.state::<InboxState>()? {
                    Some(was) => InboxEdit {
                        name: Some(was.name),
                        active: Some(was.active),
                        numbers: Some(was.numbers),
                        flow: was.flow,
                    },
                    None => InboxEdit { active: Some(false), ..InboxEdit::default() },
                };
                self.edit_inbox(now, actor, account, back.id()?, edit, None).await?;
            }
            Facet::Closure => match back.state::<ClosureState>()? {
                Some(was) => {
                    let all = agents::queues(&mut self.read(account).await?.0, account).await?;
                    let queue = was.action.strip_prefix("queue:");
                    if queue.is_some_and(|name| !all.iter().any(|q| q.name == name)) {
                        return Err(OperationError::NotFound("queue"));
                    }
                    let until = Timestamp::from_millis(was.until);
                    let closure = Closure { until, prompt: was.prompt, action: was.action };
                    self.close_inbox(now, actor, account, back.id()?, closure).await?;
                }
                None => self.open_inbox(now, actor, account, back.id()?).await?,
            },
            Facet::Flow => {
                let was: FlowState = back.state()?.ok_or_else(|| back.first("a flow"))?;
                checked.flow(&was.document).map_err(OperationError::Invalid)?;
                let all = inboxes::published_flows(&mut self.read(account).await?.0, account).await?;
                let id: FlowId = back.id()?;
                let present = all.into_iter().find(|f| f.id == id).ok_or(OperationError::NotFound("flow"))?;
                let (name, expected) = (present.name, Some(present.version));
                let document = was.document.to_string();
                self.publish_flow(now, actor, account, &name, &document, expected, Ok(())).await?;
            }
            Facet::User => return self.user_back(back).await,
            Facet::AgentRouting => {
                let was: AgentRouting = back.state()?.ok_or_else(|| back.first("an agent"))?;
                let of = users::by_id(&mut self.read(account).await?.0, account, back.id()?).await?;
                let agent = of.and_then(|found| found.user.agent).ok_or(OperationError::NotFound("agent"))?;
                self.set_agent_routing(now, actor, account, agent, &was).await?;
            }
            Facet::Channel => {
                let name = back.object.split_once(':').map_or("", |(_, name)| name).to_owned();
                let was = back.state::<ChannelState>()?.unwrap_or_default();
                let setup = ChannelSetup { name, priority: was.priority, switch: was.switch };
                self.set_channel(now, actor, account, &setup).await?;
            }
            Facet::Roles => {
                let was: RolesState = back.state()?.ok_or_else(|| back.first("a user"))?;
                let is_there = |name: &str| self.roles.iter().any(|role| role.name == role_name(name));
                if let Some(gone) = was.roles.iter().find(|name| !is_there(name)) {
                    return Err(OperationError::Invalid(format!("there is no role {gone} any more")));
                }
                self.set_roles(now, actor, account, back.id()?, &was.roles).await?;
            }
            Facet::Trunk => self.trunk_back(back, checked).await?,
            Facet::Number => {
                let number = back.object.split_once(':').map_or("", |(_, number)| number).to_owned();
                match back.state::<NumberState>()? {
                    Some(NumberState { label, channels }) => {
                        let new = PhoneNumber { number, label, channels };
                        self.set_phone_number(now, actor, account, &new).await?;
                    }
                    None => self.remove_phone_number(now, actor, account, &number).await?,
                }
            }
            Facet::AlertRule => match back.state::<RuleState>()? {
                Some(was) => {
                    let id = (!back.present.is_null()).then(|| back.id()).transpose()?;
                    let rule = serde_json::from_value(was.rule).map_err(|why| back.unreadable(&why))?;
                    let all: Vec<NamedRule> = self.alert_rules(account).await?;
                    let taken = all.iter().any(|other| other.name == was.name && Some(other.id) != id);
                    if taken {
                        return Err(OperationError::Taken("the name"));
                    }
                    self.put_alert_rule(now, actor, account, id, &was.name, &rule, was.enabled).await?;
                }
                None => self.remove_alert_rule(now, actor, account, back.id()?).await?,
            },
            Facet::Tag => {
                let edit = match back.state::<TagState>()? {
                    Some(was) => TagEdit {
                        name: Some(was.name),
                        colour: Some(was.colour),
                        active: Some(was.active),
                        group: Some(was.group.unwrap_or_default()),
                        roles: Some(was.roles),
                    },
                    None => TagEdit { active: Some(false), ..TagEdit::default() },
                };
                self.put_back_tag(now, actor, account, back.id()?, edit).await?;
            }
            Facet::TicketType => {
                let was = back.state::<TicketTypeState>()?;
                self.put_back_ticket_type(now, actor, account, back.id()?, was).await?;
            }
            Facet::Department => {
                let was = back.state::<DepartmentState>()?;
                self.put_back_department(now, actor, account, back.id()?, was).await?;
            }
            Facet::QuickPhrase => self.put_back_phrase(now, who, back.id()?, back.state()?).await?,
            Facet::PhraseCategory => self.put_back_phrase_category(now, who, back.id()?, back.state()?).await?,
            Facet::TextInbox => {
                let was: TextInboxState = back.state()?.ok_or_else(|| back.first("an inbox"))?;
                let id = back.id()?;
                let all = self.text_inboxes(account).await?;
                let is = all.into_iter().find(|inbox| inbox.id == id).ok_or(OperationError::NotFound("inbox"))?;
                let settings = serde_json::from_value(was.settings).map_err(|why| back.unreadable(&why))?;
                let edit = TextInboxEdit { name: is.name, queue: was.queue, settings };
                self.edit_text_inbox(now, actor, account, id, &edit).await?;
            }
            Facet::Calendar => match back.state::<CalendarState>()? {
                Some(was) => {
                    let calendar = self.read_calendar(was.calendar)?;
                    self.put_back_calendar(now, actor, account, back.id()?, &was.name, &calendar).await?;
                }
                None => self.remove_calendar(now, actor, account, back.id()?).await?,
            },
            Facet::ContactField => self.contact_field_back(&back).await?,
            Facet::SecondFactorRoles => {
                let roles: BTreeSet<String> =
                    back.state::<RolesState>()?.map_or_else(BTreeSet::new, |was| was.roles.into_iter().collect());
                self.set_second_factor_roles(now, actor, account, &roles).await?;
            }
            Facet::SignInChallenge => {
                let was: ChallengeRule = back.state()?.unwrap_or_default();
                self.set_challenge_rule(now, actor, account, was).await?;
            }
            Facet::Notices => {
                let was: HouseNotices = back.state()?.unwrap_or_default();
                let replaces = self.house_notices(account).await?.0;
                self.set_house_notices(now, actor, account, replaces, was).await?;
            }
            Facet::Rules => {
                let was = back.state::<RuleListState>()?.map(|was| self.read_rules(was.rules)).transpose()?;
                let replaces = self.rules(account).await?.version;
                self.set_rules(now, actor, account, replaces, was.unwrap_or_default()).await?;
            }
            Facet::Prompt => {
                let take = back.state::<PromptState>()?.and_then(|was| was.take);
                return Ok(Undone::Prompt { object: back.object.to_owned(), take });
            }
        }
        Ok(Undone::Done)
    }

    async fn user_back(&self, back: Back<'_>) -> Result<Undone, OperationError> {
        let id: UserId = back.id()?;
        let found = users::by_id(&mut self.read(back.account).await?.0, back.account, id).await?;
        let user = found.ok_or(OperationError::NotFound("user"))?.user;
        if !self.may_manage(back.who, &user) {
            return Err(OperationError::NotAllowed);
        }
        let edit = match back.state::<UserState>()? {
            Some(was) => UserEdit {
                name: Some(was.name),
                active: Some(was.active),
                extension: Some(was.extension.unwrap_or_default()),
                about: AboutEdit {
                    email: was.email.map(|email| Some(email).filter(|email| !email.is_empty()).map(Pii::new)),
                    language: was.language.map(|language| language_form(&language)),
                },
                replaces: None,
            },
            None => UserEdit { active: Some(false), ..UserEdit::default() },
        };
        let extension = edit.extension.clone().unwrap_or_default();
        let edited = self.edit_user(back.now, &back.who.actor, back.account, id, edit).await?;
        Ok(edited.phone_password.map_or(Undone::Done, |password| Undone::Phone { extension, password }))
    }

    async fn contact_field_back(&self, back: &Back<'_>) -> Result<(), OperationError> {
        let id = back.id()?;
        let all = self.contact_fields(back.account).await?;
        let (_, is) = all.into_iter().find(|(field, _)| *field == id).ok_or(OperationError::NotFound("field"))?;
        // Files hold it: what was made is put out of use.
        let rule = match back.state::<FieldState>()? {
            Some(FieldState { name, choices, sensitive, active }) => {
                FieldRule { name, kind: is.kind, choices, sensitive, disabled: !active }
            }
            None => FieldRule { disabled: true, ..is },
        };
        self.edit_contact_field(back.now, &back.who.actor, back.account, id, rule).await
    }

    /// Who could be put out of use by somebody with fewer rights would have no rights worth the name.
    fn may_manage(&self, who: &SignedIn, user: &User) -> bool {
        let theirs = Grants::of(user.roles.iter().map(String::as_str), &self.roles);
        who.grants.allows(Permission::RightsGrant) || theirs.iter().all(|permission| who.grants.allows(permission))
    }

    async fn trunk_back(&self, back: Back<'_>, checked: &dyn Checked) -> Result<(), OperationError> {
        let Back { now, who, account, .. } = back;
        let id = back.object.split_once(':').map_or("", |(_, id)| id);
        let (mut tx, key) = self.read(account).await?;
        let present = inboxes::trunks(&mut tx, &key).await?.into_iter().find(|trunk| trunk.id.to_string() == id);
        drop(tx);
        match (back.state::<TrunkState>()?, present) {
            (Some(was), Some(present)) => {
                let settings = was.settings.to_string();
                let new = NewTrunk { name: was.name, networks: was.networks, settings, password: present.password };
                checked.trunk(&new).map_err(OperationError::Invalid)?;
                self.change_trunk(now, &who.actor, account, &present.name, new).await?;
            }
            (Some(was), None) => {
                if was.has_password {
                    let why = "its password went with it: make the trunk anew";
                    return Err(OperationError::Invalid(why.into()));
                }
                let settings = was.settings.to_string();
                let new = NewTrunk { name: was.name, networks: was.networks, settings, password: None };
                checked.trunk(&new).map_err(OperationError::Invalid)?;
                self.create_trunk(now, &who.actor, account, new).await?;
            }
            (None, Some(present)) => self.remove_trunk(now, &who.actor, account, &present.name).await?,
            (None, None) => return Err(OperationError::NotFound("trunk")),
        }
        Ok(())
    }
}

/// Where to go back to.
struct Back<'a> {
    now: Timestamp,
    who: &'a SignedIn,
    account: AccountId,
    object: &'a str,
    /// `Null`: it was not there.
    earlier: Value,
    present: Value,
}

impl Back<'_> {
    fn id<T: FromStr>(&self) -> Result<T, OperationError> {
        let id = self.object.split_once(':').and_then(|(_, id)| id.parse().ok());
        id.ok_or(OperationError::Internal("an object without an id"))
    }

    /// `None`: it was not there.
    fn state<T: DeserializeOwned>(&self) -> Result<Option<T>, OperationError> {
        match &self.earlier {
            Value::Null => Ok(None),
            state => serde_json::from_value(state.clone()).map(Some).map_err(|why| self.unreadable(&why)),
        }
    }

    fn unreadable(&self, why: &serde_json::Error) -> OperationError {
        OperationError::Invalid(format!("this version no longer reads what was kept: {why}"))
    }

    fn first(&self, what: &str) -> OperationError {
        OperationError::Invalid(format!("this made {what}, and there is nothing before it"))
    }
}
