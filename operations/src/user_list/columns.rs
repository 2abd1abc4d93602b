//! The words of a list of users: names of columns, roles and states, in English and Chinese.

use super::table::{Row, TableFault};
use ringdesk_access::{Role, role_name};
use ringdesk_model::Language;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Login,
    Name,
    Email,
    Language,
    Extension,
    Roles,
    Queues,
    State,
}

/// In which language a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListLanguage {
    En,
    Zh,
}

impl Column {
    pub const ALL: [Column; 8] = [
        Column::Login,
        Column::Name,
        Column::Email,
        Column::Language,
        Column::Extension,
        Column::Roles,
        Column::Queues,
        Column::State,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Column::Login => "login",
            Column::Name => "name",
            Column::Email => "email",
            Column::Language => "language",
            Column::Extension => "extension",
            Column::Roles => "roles",
            Column::Queues => "queues",
            Column::State => "state",
        }
    }

    pub(crate) fn title(self, language: ListLanguage) -> &'static str {
        match (self, language) {
            (Column::Login, ListLanguage::Zh) => "账号",
            (Column::Name, ListLanguage::Zh) => "姓名",
            (Column::Email, ListLanguage::Zh) => "邮箱",
            (Column::Language, ListLanguage::Zh) => "语言",
            (Column::Extension, ListLanguage::Zh) => "分机",
            (Column::Roles, ListLanguage::Zh) => "角色",
            (Column::Queues, ListLanguage::Zh) => "队列",
            (Column::State, ListLanguage::Zh) => "状态",
            (column, ListLanguage::En) => column.as_str(),
        }
    }

    fn named(title: &str) -> Option<Column> {
        let plain: String =
            title.to_lowercase().chars().filter(|c| !c.is_whitespace() && !['_', '-', '*'].contains(c)).collect();
        Some(match plain.as_str() {
            "login" | "user" | "username" | "account" | "账号" | "帐号" | "账户" | "用户名" | "登录名" => {
                Column::Login
            }
            "name" | "fullname" | "displayname" | "姓名" | "名称" => Column::Name,
            "email" | "mail" | "emailaddress" | "邮箱" | "电子邮箱" | "邮件" | "电子邮件" => Column::Email,
            "language" | "lang" | "locale" | "语言" => Column::Language,
            "extension" | "ext" | "phone" | "分机" | "分机号" => Column::Extension,
            "roles" | "role" | "角色" => Column::Roles,
            "queues" | "queue" | "worksin" | "队列" | "技能组" => Column::Queues,
            "state" | "status" | "active" | "状态" | "启用" => Column::State,
            _ => return None,
        })
    }
}

/// Which column stands where.
pub(crate) type Places = Vec<(Column, usize)>;

/// Where each column stands, and the names of those that nobody reads.
pub(crate) fn columns(head: &Row) -> Result<(Places, Vec<String>), TableFault> {
    let (mut known, mut unread) = (Vec::new(), Vec::new());
    for (at, title) in head.cells.iter().enumerate().filter(|(_, title)| !title.is_empty()) {
        match Column::named(title) {
            Some(column) if known.iter().any(|(other, _)| *other == column) => {
                return Err(TableFault::ColumnTwice(title.clone()));
            }
            Some(column) => known.push((column, at)),
            None => unread.push(title.clone()),
        }
    }
    match known.iter().any(|(column, _)| *column == Column::Login) {
        true => Ok((known, unread)),
        false => Err(TableFault::NoLogin),
    }
}

/// What the console calls the shipped roles.
const ROLES: [(&str, &str, &str); 7] = [
    ("agent", "agent", "坐席"),
    ("leader", "supervisor", "班长"),
    ("manager", "administrator", "管理员"),
    ("technician", "technician", "运维"),
    ("reviewer", "reviewer", "质检员"),
    ("operator", "campaign operator", "外呼专员"),
    ("department", "department", "业务部门"),
];

/// A role by its name, or by what the console calls it.
pub(crate) fn role<'a>(text: &str, roles: &'a [Role]) -> Option<&'a Role> {
    let wanted = text.trim().to_lowercase();
    let shown = ROLES.iter().find(|(_, en, zh)| *en == wanted || *zh == wanted).map(|(name, ..)| *name);
    let name = shown.unwrap_or_else(|| role_name(&wanted));
    roles.iter().find(|role| role.name == name)
}

pub(crate) fn role_title(name: &str, language: ListLanguage) -> &str {
    match (ROLES.iter().find(|(role, ..)| *role == name), language) {
        (Some((.., zh)), ListLanguage::Zh) => zh,
        _ => name,
    }
}

/// A language by its name in either, or as programs name it.
pub(crate) fn language(text: &str) -> Option<Language> {
    match text.trim().to_lowercase().as_str() {
        "en" | "english" | "英文" | "英语" => Some(Language::En),
        "zh" | "zh-cn" | "chinese" | "中文" | "简体中文" | "汉语" => Some(Language::ZhCn),
        _ => None,
    }
}

pub(crate) fn language_title(spoken: Language) -> &'static str {
    match spoken {
        Language::En => "English",
        Language::ZhCn => "中文",
    }
}

/// Whether somebody is in use.
pub(crate) fn state(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "active" | "in use" | "yes" | "true" | "1" | "on" | "在用" | "启用" | "是" => Some(true),
        "out of use" | "inactive" | "disabled" | "no" | "false" | "0" | "off" | "停用" | "禁用" | "否" => {
            Some(false)
        }
        _ => None,
    }
}

pub(crate) fn state_title(active: bool, language: ListLanguage) -> &'static str {
    match (active, language) {
        (true, ListLanguage::En) => "active",
        (false, ListLanguage::En) => "out of use",
        (true, ListLanguage::Zh) => "在用",
        (false, ListLanguage::Zh) => "停用",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_access::shipped_roles;

    #[test]
    fn what_is_written_in_either_language_is_understood() {
        for language in [ListLanguage::En, ListLanguage::Zh] {
            let cells = Column::ALL.map(|column| column.title(language).to_owned()).to_vec();
            let (known, unread) = columns(&Row { line: 1, cells }).unwrap();
            assert_eq!(known.into_iter().map(|(column, _)| column).collect::<Vec<_>>(), Column::ALL);
            assert!(unread.is_empty());
            for shipped in shipped_roles() {
                assert_eq!(role(role_title(&shipped.name, language), std::slice::from_ref(&shipped)), Some(&shipped));
            }
            for spoken in [Language::En, Language::ZhCn] {
                assert_eq!(self::language(language_title(spoken)), Some(spoken));
            }
            for active in [true, false] {
                assert_eq!(state(state_title(active, language)), Some(active));
            }
        }
        assert_eq!(role("Admin", &shipped_roles()).unwrap().name, "manager");
        assert_eq!(role("root", &shipped_roles()), None);
    }

    #[test]
    fn the_first_row_is_wanted_and_says_each_column_once() {
        let of = |cells: &[&str]| columns(&Row { line: 1, cells: cells.iter().map(|c| (*c).to_owned()).collect() });
        assert_eq!(of(&["name", "extension"]), Err(TableFault::NoLogin));
        assert_eq!(of(&["login", "User name"]), Err(TableFault::ColumnTwice("User name".into())));
        let found = of(&["Shoe size", "", " Log-in ", "E-mail"]).unwrap();
        assert_eq!(found, (vec![(Column::Login, 2), (Column::Email, 3)], vec!["Shoe size".to_owned()]));
    }
}
