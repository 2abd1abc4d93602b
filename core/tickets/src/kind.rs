//! Types of tickets: what is asked, how long it may take, whose it is first, what the contact is told.

use crate::field::one_line;
use crate::{FieldRule, Refusal, TicketState};
use ringdesk_model::{CalendarId, DepartmentId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const NAME: usize = 64;
const FIELDS: usize = 30;
const NOTICE: usize = 1_000;
/// Minutes of a year.
const LIMIT: u32 = 525_600;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketType {
    /// In the order in which they are asked.
    #[serde(default)]
    pub fields: Vec<FieldRule>,
    /// Minutes of business time until a ticket of normal priority is due; `None`: it has no end.
    #[serde(default)]
    pub limit_minutes: Option<u32>,
    /// What business time is; `None`: day and night.
    #[serde(default)]
    pub calendar: Option<CalendarId>,
    /// Who gets it if whoever makes it says nothing.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// It falls to one of the department at once: to who has the fewest at work.
    #[serde(default)]
    pub share: bool,
    /// What the contact is told when a ticket comes into this state; `{number}` and `{title}` are filled in.
    #[serde(default)]
    pub notices: BTreeMap<TicketState, String>,
}

impl TicketType {
    /// As it is kept: texts trimmed.
    pub fn check(mut self) -> Result<TicketType, Refusal> {
        self.fields = self.fields.into_iter().map(FieldRule::check).collect::<Result<_, _>>()?;
        let names: BTreeSet<_> = self.fields.iter().map(|field| &field.name).collect();
        if names.len() != self.fields.len() || names.len() > FIELDS {
            return Err(Refusal::Fields);
        }
        if self.limit_minutes.is_some_and(|minutes| !(1..=LIMIT).contains(&minutes)) {
            return Err(Refusal::Limit);
        }
        for text in self.notices.values_mut() {
            *text = text.trim().to_owned();
            if text.is_empty() || text.chars().count() > NOTICE {
                return Err(Refusal::Notice);
            }
        }
        Ok(self)
    }

    /// What a ticket keeps of these values. `before`: what it has; a field that the type no longer asks for stays as it was.
    pub fn fill(
        &self,
        before: &BTreeMap<String, String>,
        raw: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let mut kept = before.clone();
        for (name, value) in raw {
            let field = self.fields.iter().find(|field| field.name == *name);
            match field {
                Some(field) => match field.value(value)? {
                    Some(value) => kept.insert(name.clone(), value),
                    None => kept.remove(name),
                },
                None if before.get(name) == Some(value) => continue,
                None => return Err(Refusal::UnknownField(name.clone())),
            };
        }
        match self.fields.iter().find(|field| field.required && !kept.contains_key(&field.name)) {
            Some(missing) => Err(Refusal::Required(missing.name.clone())),
            None => Ok(kept),
        }
    }

    /// What the contact is told of a ticket that came into this state.
    pub fn notice(&self, state: TicketState, number: i64, title: &str) -> Option<String> {
        // One pass: a title that says `{number}` stays what it is.
        let mut rest = self.notices.get(&state)?.as_str();
        let (number, mut said) = (number.to_string(), String::new());
        while let Some(at) = rest.find('{') {
            said.push_str(&rest[..at]);
            rest = &rest[at..];
            let (word, with) = match rest {
                r if r.starts_with("{number}") => ("{number}", number.as_str()),
                r if r.starts_with("{title}") => ("{title}", title),
                _ => ("{", "{"),
            };
            said.push_str(with);
            rest = &rest[word.len()..];
        }
        said.push_str(rest);
        Some(said)
    }
}

/// What a type or a department is called, as it is kept.
pub fn name(raw: &str) -> Result<String, Refusal> {
    one_line(raw, NAME).ok_or(Refusal::Name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldKind;

    fn repair() -> TicketType {
        let field = |name: &str, kind, required| FieldRule { name: name.into(), kind, choices: vec![], required };
        TicketType {
            fields: vec![field("Device", FieldKind::Text, true), field("Bought", FieldKind::Date, false)],
            limit_minutes: Some(480),
            notices: [(TicketState::Solved, " Ticket {number} ({title}) is {done}. ".into())].into(),
            ..TicketType::default()
        }
    }

    fn values(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Rows: S8.2
    #[test]
    fn no_ticket_without_what_its_type_requires() {
        let (repair, none) = (repair().check().unwrap(), BTreeMap::new());
        assert_eq!(repair.fill(&none, &none), Err(Refusal::Required("Device".into())));
        assert_eq!(repair.fill(&none, &values(&[("Device", " ")])), Err(Refusal::Required("Device".into())));
        let kept = repair.fill(&none, &values(&[("Device", " kettle "), ("Bought", "2026-01-31")])).unwrap();
        assert_eq!(kept, values(&[("Bought", "2026-01-31"), ("Device", "kettle")]));
        assert_eq!(repair.fill(&kept, &values(&[("Bought", "")])), Ok(values(&[("Device", "kettle")])));
        let strange = values(&[("Device", "kettle"), ("Colour", "red")]);
        assert_eq!(repair.fill(&none, &strange), Err(Refusal::UnknownField("Colour".into())));
        // A field that the type had once.
        assert_eq!(repair.fill(&strange, &strange), Ok(strange));
    }

    /// Rows: S8.7
    #[test]
    fn the_contact_is_told_by_the_text_of_type_and_state() {
        let repair = repair().check().unwrap();
        let told = repair.notice(TicketState::Solved, 12, "kettle {number}");
        assert_eq!(told.as_deref(), Some("Ticket 12 (kettle {number}) is {done}."));
        assert_eq!(repair.notice(TicketState::Open, 12, "kettle"), None);
    }

    #[test]
    fn a_type_that_asks_nonsense_is_refused() {
        let mut twice = repair();
        twice.fields.push(FieldRule {
            name: " Device".into(),
            kind: FieldKind::Text,
            choices: vec![],
            required: false,
        });
        assert_eq!(twice.check(), Err(Refusal::Fields));
        assert_eq!(TicketType { limit_minutes: Some(0), ..repair() }.check(), Err(Refusal::Limit));
        assert_eq!(TicketType { limit_minutes: Some(525_601), ..repair() }.check(), Err(Refusal::Limit));
        let silent = TicketType { notices: [(TicketState::Open, " ".into())].into(), ..repair() };
        assert_eq!(silent.check(), Err(Refusal::Notice));
        assert_eq!(name(" Repair "), Ok("Repair".into()));
        assert_eq!(name("\n"), Err(Refusal::Name));
    }
}
