//! The list of users as a file: what can be brought in again, or an empty one to begin with.

use super::columns::{Column, ListLanguage, role_title, state_title};
use super::delimited::written;
use ringdesk_model::{AgentId, QueueId};
use ringdesk_storage::users::User;
use std::collections::BTreeMap;

pub(super) fn list(
    users: &[User],
    places: &BTreeMap<AgentId, BTreeMap<QueueId, u8>>,
    queues: &BTreeMap<QueueId, String>,
    language: ListLanguage,
) -> String {
    let mut rows = vec![titles(language)];
    rows.extend(users.iter().map(|user| {
        let at = user.agent.and_then(|agent| places.get(&agent)).into_iter().flatten();
        let at = at.filter_map(|(id, level)| queues.get(id).map(|name| format!("{name}:{level}")));
        let roles = user.roles.iter().map(|role| role_title(role, language));
        vec![
            user.login.clone(),
            user.name.clone(),
            user.extension.clone().unwrap_or_default(),
            roles.collect::<Vec<_>>().join("; "),
            at.collect::<Vec<_>>().join("; "),
            state_title(!user.disabled, language).to_owned(),
        ]
    }));
    written(&rows)
}

/// Titles, and a remark that shows how a row is written.
pub(super) fn template(queues: &[String], language: ListLanguage) -> String {
    let places = queues.iter().take(2).enumerate().map(|(n, name)| format!("{name}:{}", n + 1)).collect::<Vec<_>>();
    let (login, name) = match language {
        ListLanguage::En => ("# anna", "Anna Example"),
        ListLanguage::Zh => ("# lihua", "李华"),
    };
    let (role, state) = (role_title("agent", language), state_title(true, language));
    let example = [login, name, "2001", role, &places.join("; "), state].map(str::to_owned).to_vec();
    written(&[titles(language), example])
}

fn titles(language: ListLanguage) -> Vec<String> {
    Column::ALL.map(|column| column.title(language).to_owned()).to_vec()
}
