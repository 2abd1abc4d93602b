//! What somebody is known by: a number, an address, an account elsewhere.
//!
//! An identity **links**: whoever comes by it is this contact. A **claim** is what somebody says of themselves (an address
//! typed into a form): it is shown, and links nobody until it is proven. A caller's number links because the network
//! presents it.

use crate::Refusal;
use ringdesk_model::{ContactNumber, Country, mask_number};
use serde::{Deserialize, Serialize};

/// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them its brackets.
const EMAIL: usize = 254;
/// Of an account elsewhere. WeChat's ids have 28 characters, others up to 128.
const EXTERNAL: usize = 256;
/// Of one file.
pub const IDENTITIES: usize = 50;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum IdentityKind {$($(#[$doc])* $name,)*}

        impl IdentityKind {
            pub const ALL: &[IdentityKind] = &[$(IdentityKind::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {$(IdentityKind::$name => $text,)*}
            }
        }
    };
}

kinds! {
    /// A telephone number, in its one form.
    Number "number"
    Email "email"
    /// A browser that the web chat knows again.
    Visitor "visitor"
    /// An openid: of one person with one official account or mini program.
    WechatOpenid "wechat_openid"
    /// A unionid: of one person with all accounts of one owner.
    WechatUnionid "wechat_unionid"
    Whatsapp "whatsapp"
    /// A person of another program, by the id it has for them.
    External "external"
    /// By one inbox of a channel of text: the inbox and the name that its other side has for them.
    Channel "channel"
    /// One of our own, by their user: whom the house's help desks serve. Made by the house alone, and never linked with anybody.
    Staff "staff"
}

impl IdentityKind {
    pub fn parse(name: &str) -> Result<IdentityKind, Refusal> {
        IdentityKind::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(Refusal::IdentityKind)
    }

    /// One spelling for each identity: equal ones are equal texts. `home` reads numbers without a calling code.
    pub fn normalise(self, raw: &str, home: Country) -> Result<String, Refusal> {
        let wrong = Refusal::Identity(self.as_str());
        let raw = raw.trim();
        match self {
            IdentityKind::Number | IdentityKind::Whatsapp => {
                let number = ContactNumber::normalise(raw, home).ok_or(wrong.clone())?;
                // A person is called by a number; names of telephones are the house's.
                let figures = number.as_str().trim_start_matches('+');
                let fits = figures.len() >= 3 && figures.bytes().all(|b| b.is_ascii_digit());
                fits.then(|| number.as_str().to_owned()).ok_or(wrong)
            }
            IdentityKind::Email => email_form(raw).ok_or(wrong),
            IdentityKind::Visitor
            | IdentityKind::WechatOpenid
            | IdentityKind::WechatUnionid
            | IdentityKind::External
            | IdentityKind::Channel
            | IdentityKind::Staff => {
                let fits = (1..=EXTERNAL).contains(&raw.len()) && !raw.contains(char::is_control);
                fits.then(|| raw.to_owned()).ok_or(wrong)
            }
        }
    }

    /// What somebody without the right to see numbers sees.
    pub fn mask(self, value: &str) -> String {
        match self {
            IdentityKind::Number | IdentityKind::Whatsapp => mask_number(value),
            IdentityKind::Email => {
                let (local, domain) = value.rsplit_once('@').unwrap_or((value, ""));
                format!("{}•••@{domain}", local.chars().next().unwrap_or('•'))
            }
            _ => format!("{}•••", value.chars().take(2).collect::<String>()),
        }
    }
}

/// An e-mail address in its one spelling.
pub fn email_form(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let (local, domain) = typed.rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    let named = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    let fits = typed.len() <= EMAIL && plain(local) && plain(domain) && named && !local.contains('@');
    // The local part may tell upper from lower case (RFC 5321 §2.4); no provider of people's mail does.
    fits.then(|| typed.to_lowercase())
}

/// How it is known that an identity is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The network presented it as the caller's.
    Caller,
    /// The provider of the channel says so, under its signature.
    Provider,
    /// They returned a code that was sent there.
    Code,
    /// Somebody of the staff made sure.
    Staff,
    /// It came with a file of the account's customers.
    Import,
}

impl Proof {
    pub const fn as_str(self) -> &'static str {
        match self {
            Proof::Caller => "caller",
            Proof::Provider => "provider",
            Proof::Code => "code",
            Proof::Staff => "staff",
            Proof::Import => "import",
        }
    }

    pub fn parse(name: &str) -> Option<Proof> {
        use Proof::{Caller, Code, Import, Provider, Staff};
        [Caller, Provider, Code, Staff, Import].into_iter().find(|proof| proof.as_str() == name)
    }
}

/// What comes of an identity that somebody brings: it links to the file that has it, or stays a saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It becomes an identity of their file.
    Links,
    /// It is theirs already.
    Known,
    /// Proven, and of another file: one person with two files, perhaps. Nothing moves by itself.
    Contested,
    /// Only said: kept beside the file, and nobody is linked by it.
    Said,
}

/// `owned`: it is somebody's identity already; `theirs`: of the file in question.
pub fn claim(proof: Option<Proof>, owned: bool, theirs: bool) -> Claim {
    match (owned, theirs, proof) {
        (true, true, _) => Claim::Known,
        (true, false, Some(_)) => Claim::Contested,
        (false, _, Some(_)) => Claim::Links,
        (_, _, None) => Claim::Said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cn() -> Country {
        Country::of("CN").unwrap()
    }

    /// Rows: S9.6
    #[test]
    fn equal_identities_are_equal_texts() {
        use IdentityKind::*;
        for (kind, raw, one) in [
            (Number, "138 0013 8000", "+8613800138000"),
            (Number, "008613800138000", "+8613800138000"),
            (Number, "95588", "95588"),
            (Whatsapp, "+49 30 123456", "+4930123456"),
            (Email, " Mei.Lin@Example.COM ", "mei.lin@example.com"),
            (WechatOpenid, "oLVPpjqs9BhvzwPj5A-vTYAX3GLc", "oLVPpjqs9BhvzwPj5A-vTYAX3GLc"),
            (External, " crm:4711 ", "crm:4711"),
        ] {
            assert_eq!(kind.normalise(raw, cn()).as_deref(), Ok(one), "{raw}");
            assert_eq!(kind.normalise(one, cn()).as_deref(), Ok(one), "twice");
        }
        for (kind, raw) in [
            (Number, "alice"),
            (Number, "12"),
            (Number, "anonymous"),
            (Email, "mei.example.com"),
            (Email, "@example.com"),
            (Email, "a@b@example.com"),
            (Email, "a@example"),
            (Email, "a b@example.com"),
            (External, ""),
            (External, "a\nb"),
        ] {
            assert_eq!(kind.normalise(raw, cn()), Err(Refusal::Identity(kind.as_str())), "{raw}");
        }
    }

    /// Rows: S9.6
    #[test]
    fn nobody_is_linked_by_what_they_say() {
        assert_eq!(claim(None, false, false), Claim::Said);
        assert_eq!(claim(None, true, false), Claim::Said, "an address of somebody else opens no file");
        assert_eq!(claim(Some(Proof::Code), false, false), Claim::Links);
        assert_eq!(claim(Some(Proof::Staff), true, false), Claim::Contested, "two files are merged by a person");
        assert_eq!(claim(Some(Proof::Caller), true, true), Claim::Known);
        assert_eq!(claim(None, true, true), Claim::Known);
    }

    #[test]
    fn masks_show_the_beginning() {
        assert_eq!(IdentityKind::Email.mask("mei.lin@example.com"), "m•••@example.com");
        assert_eq!(IdentityKind::Number.mask("+8613800138000"), "+86••••••••000");
        assert_eq!(IdentityKind::WechatOpenid.mask("oLVPpjqs9"), "oL•••");
        for kind in IdentityKind::ALL {
            assert_eq!(IdentityKind::parse(kind.as_str()), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!(IdentityKind::parse("fax").is_err());
    }
}
