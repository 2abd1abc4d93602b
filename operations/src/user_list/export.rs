//! The list of users as a file: what can be brought in again, or an empty one to begin with.

use super::columns::{Column, ListLanguage, language_title, role_title, state_title};
use super::delimited::written;
use ringdesk_model::{AgentId, Language, QueueId, UserId};
use ringdesk_storage::people::Person;
use ringdesk_storage::users::User;
use std::collections::BTreeMap;

pub(super) fn list(
    users: &[User],
    people: &BTreeMap<UserId, Person>,
    places: &BTreeMap<AgentId, BTreeMap<QueueId, u8>>,
    queues: &BTreeMap<QueueId, String>,
    language: ListLanguage,
) -> String {
    let mut rows = vec![titles(language)];
    rows.extend(users.iter().map(|user| {
        let at = user.agent.and_then(|agent| places.get(&agent)).into_iter().flatten();
        let at = at.filter_map(|(id, level)| queues.get(id).map(|name| format!("{name}:{level}")));
        let roles = user.roles.iter().map(|role| role_title(role, language));
        let person = people.get(&user.id);
        let email = person.and_then(|person| person.email.as_ref()).map(|email| email.reveal().clone());
        let speaks = person.and_then(|person| person.language).map(language_title);
        vec![
            user.login.clone(),
            user.name.clone(),
            email.unwrap_or_default(),
            speaks.unwrap_or_default().to_owned(),
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
    let (login, name, email, speaks) = match language {
        ListLanguage::En => ("# anna", "Anna Example", "anna@example.com", Language::En),
        ListLanguage::Zh => ("# lihua", "李华", "lihua@example.com", Language::ZhCn),
    };
    let (role, state) = (role_title("agent", language), state_title(true, language));
    let example = [login, name, email, language_title(speaks), "2001", role, &places.join("; "), state]
        .map(str::to_owned)
        .to_vec();
    written(&[titles(language), example])
}

fn titles(language: ListLanguage) -> Vec<String> {
    Column::ALL.map(|column| column.title(language).to_owned()).to_vec()
}
