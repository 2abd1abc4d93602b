use super::*;
use crate::core::directory::OwnNumber;

fn china() -> Directory {
    let own = OwnNumber { number: "01087654321".into(), announced: "01087654321".into(), label: None, channels: None };
    Directory::default().with_numbers(Country::of("CN").unwrap(), [own])
}

fn dressed(profile: &TrunkProfile, number: &str, caller: &Party) -> Dressed {
    let place = Place { target: Uri::parse("sip:10.0.0.1:5080;transport=tcp").unwrap(), own_host: "192.0.2.9" };
    dress(&china(), profile, number, caller, &place)
}

fn field<'a>(dressed: &'a Dressed, name: &Name) -> Option<&'a str> {
    dressed.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// Rows: V15
#[test]
fn called_numbers_are_written_as_the_trunk_wants_them() {
    use AddressForm::{Sip, SipPhone, Tel};
    use NumberFormat::{AsDialled, E164, National, PlusE164};
    for (number, number_format, address, domain, uri) in [
        ("+8613800138000", AsDialled, Sip, None, "sip:+8613800138000@10.0.0.1:5080;transport=tcp"),
        ("013800138000", PlusE164, Sip, None, "sip:+8613800138000@10.0.0.1:5080;transport=tcp"),
        ("+8613800138000", E164, SipPhone, Some("ims.cn"), "sip:8613800138000@ims.cn;user=phone"),
        ("8601012345678", National, Sip, Some("ims.cn"), "sip:8601012345678@ims.cn"),
        ("861012345678", National, Sip, Some("ims.cn"), "sip:01012345678@ims.cn"),
        ("+8613800138000", National, Tel, None, "tel:13800138000;phone-context=+86"),
        ("+8613800138000", PlusE164, Tel, Some("ims.cn"), "tel:+8613800138000"),
        ("004930123456", National, Sip, Some("ims.cn"), "sip:004930123456@ims.cn"),
        ("95588", PlusE164, SipPhone, Some("ims.cn"), "sip:95588@ims.cn;user=phone"),
        ("110", PlusE164, Tel, None, "tel:110;phone-context=+86"),
        ("alice", PlusE164, Tel, Some("ims.cn"), "sip:alice@ims.cn"),
        ("x>\r\nEvil: 1", AsDialled, Tel, Some("ims.cn"), "sip:x%3E%0D%0AEvil:%201@ims.cn"),
    ] {
        let call_domain = domain.map(str::to_owned);
        let profile = TrunkProfile { number_format, address, call_domain, ..TrunkProfile::default() };
        let uri = uri.replace("Evil:", "Evil%3A");
        assert_eq!(dressed(&profile, number, &Party::number("1")).uri, uri);
    }
}

/// Rows: V15
#[test]
fn callers_are_shown_as_the_trunk_allows() {
    let ours = Party { number: Pii::new("01087654321".into()), name: Some(Pii::new("Firma \"X\"".into())) };
    let other = Party { number: Pii::new("+8613800138000".into()), name: Some(Pii::new("Wang".into())) };
    let plain = TrunkProfile::default();
    let one = dressed(&plain, "1", &other);
    assert_eq!(one.from, "\"Wang\" <sip:+8613800138000@192.0.2.9>");
    assert_eq!(field(&one, &Name::PAssertedIdentity), Some(one.from.as_str()));
    assert_eq!(one.fields.len(), 1);

    let strict = TrunkProfile {
        default_caller: Some("+861012345678".into()),
        foreign_caller: ForeignCaller::Replace,
        caller_format: NumberFormat::PlusE164,
        identity: vec![IdentityField::Preferred],
        identity_address: AddressForm::Tel,
        ..TrunkProfile::default()
    };
    let replaced = dressed(&strict, "1", &other);
    assert_eq!(replaced.from, "<sip:+861012345678@192.0.2.9>");
    assert_eq!(field(&replaced, &Name::PPreferredIdentity), Some("<tel:+861012345678>"));
    assert_eq!(replaced.shown.as_deref(), Some("+861012345678"));
    let kept = dressed(&strict, "1", &ours);
    assert_eq!(kept.from, "\"Firma \\\"X\\\"\" <sip:+861087654321@192.0.2.9>", "a number of the house");

    // The pilot number registers and stands in From; who calls stands in the identity.
    let pilot = TrunkProfile {
        from: FromUser::Account,
        account_user: Some(Pii::new("+861012345600".into())),
        numbers: vec!["+8610123456*".into()],
        call_domain: Some("ims.cn".into()),
        ..strict.clone()
    };
    let ranged = dressed(&pilot, "1", &Party::number("01012345677"));
    assert_eq!(ranged.from, "<sip:+861012345600@ims.cn>");
    assert_eq!(field(&ranged, &Name::PPreferredIdentity), Some("<tel:+861012345677>"));

    // Anonymous to the called side, known to the operator.
    for nobody in ["", "anonymous"] {
        let hidden = dressed(&strict, "1", &Party::number(nobody));
        assert_eq!(hidden.from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
        assert_eq!(field(&hidden, &Name::PPreferredIdentity), Some("<tel:+861012345678>"));
        assert_eq!(field(&hidden, &Name::Privacy), Some("id"));
        let unknown = dressed(&plain, "1", &Party::number(nobody));
        assert_eq!((field(&unknown, &Name::PAssertedIdentity), field(&unknown, &Name::Privacy)), (None, Some("id")));
    }

    // Somebody else's call that we send on.
    for (forwarded_as, name, value) in [
        (ForwardedField::Diversion, Name::Diversion, "<sip:+861012345678@192.0.2.9>;reason=unconditional;counter=1"),
        (ForwardedField::HistoryInfo, Name::HistoryInfo, "<sip:+861012345678@192.0.2.9>;index=1"),
    ] {
        let profile =
            TrunkProfile { forwarded_as: Some(forwarded_as), foreign_caller: ForeignCaller::Pass, ..strict.clone() };
        let sent_on = dressed(&profile, "1", &other);
        assert_eq!(field(&sent_on, &name), Some(value));
        assert!(sent_on.from.contains("+8613800138000"));
        assert_eq!(field(&dressed(&profile, "1", &ours), &name), None);
    }
}

/// Rows: S12.3
#[test]
fn a_masked_number_can_be_read_on_any_telephone() {
    let named = |number: &str, name: &str| Party { name: Some(Pii::new(name.into())), ..Party::number(number) };
    for (party, from) in [
        (Party::number("+86 138 0013 8000").masked(), "<sip:+86********000@192.0.2.9>"),
        (named("4915112345678", "Carla").masked(), "\"Carla\" <sip:**********678@192.0.2.9>"),
        (named("2001", ""), "<sip:2001@192.0.2.9>"),
        (Party::number(""), ANONYMOUS),
    ] {
        assert_eq!(shown(&party, "192.0.2.9"), from);
    }
}
