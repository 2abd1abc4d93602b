//! What settings were: who changed what, when, from what to what, and the way back.
//!
//! Whoever changes a setting leaves an audit entry, and there (`audited`, one place for all of them) the new state is kept beside it,
//! sealed, if it is another one than before. So a new operation has a history as soon as its object has a [`Facet`]. Secrets
//! are no part of a state: a password that was changed is in the audit, and cannot be put back.
//!
//! Reading order: [`facet`] (which parts there are), [`state`] (what one is now), then here (keeping and listing), [`undo`] and [`kept`] (what it reads).

mod facet;
mod kept;
mod phrases;
mod state;
mod ticketing;
mod undo;

pub use facet::Facet;
pub use undo::{Checked, Undone};

use crate::{OperationError, Operations, secrets};
use ringdesk_model::{AccountId, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::setting_versions::{self, SettingVersion};
use ringdesk_vault::AccountKey;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Differences of one change that are listed; a flow drawn anew has more.
const DIFFERENCES: usize = 100;

/// One change of one part of a setting.
#[derive(Clone, Debug)]
pub struct Past {
    pub id: Uuid,
    /// Of its audit entry.
    pub seq: i64,
    pub at: Timestamp,
    /// `user:<id>`, `system`.
    pub actor: String,
    pub action: String,
    pub object: String,
    pub facet: Facet,
    /// The newest change of this part.
    pub newest: bool,
    pub before: Before,
    /// It was taken away.
    pub removed: bool,
    pub differences: Vec<Difference>,
    /// There are more than are listed.
    pub more: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// There was no such thing.
    Nothing,
    State,
    /// It was changed before the history began.
    Unknown,
}

/// One value that was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// `settings/music`, from the outside in.
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Operations {
    /// Changes of an object, or of all, newest first, of the parts that `may` names.
    pub async fn setting_history(
        &self,
        account: AccountId,
        object: Option<&str>,
        before: i64,
        limit: i64,
        may: impl Fn(Facet) -> bool,
    ) -> Result<Vec<Past>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let object = match object {
            Some(object) => state::kept_under(&mut tx, &key, object).await?,
            None => String::new(),
        };
        let mut listed = Vec::new();
        for change in setting_versions::changes(&mut tx, &key, &object, before, limit).await? {
            let version = change.version;
            let Some(facet) = Facet::parse(&version.facet).filter(|facet| may(*facet)) else { continue };
            let earlier = setting_versions::latest(&mut tx, &key, &version.object, &version.facet, version.seq).await?;
            let newest = setting_versions::latest(&mut tx, &key, &version.object, &version.facet, i64::MAX).await?;
            let after = state::parsed(&version.state)?;
            let had = earlier.map(|v| state::parsed(&v.state)).transpose()?;
            let mut differences = Vec::new();
            compare(String::new(), had.as_ref().unwrap_or(&Value::Null), &after, &mut differences);
            let more = differences.len() > DIFFERENCES;
            differences.truncate(DIFFERENCES);
            listed.push(Past {
                id: version.id,
                seq: version.seq,
                at: Timestamp(change.at),
                actor: change.actor,
                before: match had {
                    None if !makes(&change.action) => Before::Unknown,
                    None | Some(Value::Null) => Before::Nothing,
                    Some(_) => Before::State,
                },
                action: change.action,
                object: version.object,
                facet,
                newest: newest.is_some_and(|v| v.id == version.id),
                removed: after.is_null(),
                differences,
                more,
            });
        }
        Ok(listed)
    }

    /// Keep what stands already and has no history yet: of what was made before there was one, or beside the audit.
    pub async fn begin_setting_history(&self, account: AccountId) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        begin(&mut tx, &key).await?;
        Ok(tx.commit().await?)
    }
}

/// The same in the transaction that made it.
pub(crate) async fn begin(tx: &mut Tx, key: &AccountKey) -> Result<(), OperationError> {
    let known: BTreeSet<(String, String)> = setting_versions::known(tx, key.account()).await?.into_iter().collect();
    let seq = setting_versions::newest_entry(tx, key.account()).await?;
    for object in state::objects(tx, key).await? {
        for facet in Facet::of(&object) {
            if !known.contains(&(object.clone(), facet.as_str().to_owned())) {
                let state = state::read(tx, key, *facet, &object).await?;
                put(tx, key, *facet, &object, seq, true, &state).await?;
            }
        }
    }
    Ok(())
}

/// What `audited` does after its entry: keep what is another one than before.
pub(crate) async fn keep(
    tx: &mut Tx,
    key: &AccountKey,
    seq: i64,
    action: &str,
    object: &str,
    after: Option<&str>,
) -> Result<(), OperationError> {
    if facet::is_quiet(action) {
        return Ok(());
    }
    let object = state::kept_under(tx, key, object).await?;
    for facet in Facet::of(&object) {
        let now_is = match facet {
            Facet::Prompt => json!({ "take": after.and_then(|take| take.parse::<u32>().ok()) }),
            _ => state::read(tx, key, *facet, &object).await?,
        };
        let was = setting_versions::latest(tx, key, &object, facet.as_str(), i64::MAX).await?;
        let same = match &was {
            Some(was) => state::parsed(&was.state)? == now_is,
            // What was never said and is not said now.
            None => now_is.is_null(),
        };
        if !same {
            put(tx, key, *facet, &object, seq, false, &now_is).await?;
        }
    }
    Ok(())
}

async fn put(
    tx: &mut Tx,
    key: &AccountKey,
    facet: Facet,
    object: &str,
    seq: i64,
    found: bool,
    state: &Value,
) -> Result<(), OperationError> {
    let id = uuid::Builder::from_random_bytes(secrets::random()?).into_uuid();
    let (object, facet, state) = (object.to_owned(), facet.as_str().to_owned(), state.to_string());
    Ok(setting_versions::put(tx, key, &SettingVersion { id, object, facet, seq, found, state }).await?)
}

/// Whether an act may be the first that is known of something.
fn makes(action: &str) -> bool {
    let verb = action.rsplit_once('.').map_or(action, |(_, verb)| verb);
    ["create", "set", "publish", "take", "use"].contains(&verb)
}

/// Objects by their fields; a list as a whole.
fn compare(path: String, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    let nothing = serde_json::Map::new();
    let fields = |value: &Value| value.as_object().cloned();
    match (fields(before), fields(after)) {
        (None, None) if before != after => {
            let said = |value: &Value| Some(value.clone()).filter(|v| !v.is_null());
            found.push(Difference { path, before: said(before), after: said(after) });
        }
        (None, None) => {}
        (old, new) => {
            let (old, new) = (old.unwrap_or_else(|| nothing.clone()), new.unwrap_or_else(|| nothing.clone()));
            for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                compare(inner, &of(&old), &of(&new), found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_by_its_place() {
        let before = json!({ "name": "Sales", "settings": { "music": "a", "old": 1 }, "members": { "x": 1 } });
        let after =
            json!({ "name": "Sales", "settings": { "music": "b", "list": [1] }, "members": { "x": 1, "y": 2 } });
        let mut found = Vec::new();
        compare(String::new(), &before, &after, &mut found);
        let one = |path: &str, before: Option<Value>, after: Option<Value>| Difference {
            path: path.to_owned(),
            before,
            after,
        };
        assert_eq!(
            found,
            [
                one("members/y", None, Some(json!(2))),
                one("settings/list", None, Some(json!([1]))),
                one("settings/music", Some(json!("a")), Some(json!("b"))),
                one("settings/old", Some(json!(1)), None),
            ]
        );
        found.clear();
        compare(String::new(), &Value::Null, &json!({ "label": null, "channels": 2 }), &mut found);
        assert_eq!(found, [one("channels", None, Some(json!(2)))]);
    }
}
