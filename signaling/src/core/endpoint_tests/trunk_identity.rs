//! Who calls whom over a trunk, as its messages say it.

use super::driver::*;
use crate::core::directory::{Directory, OwnNumber};
use crate::core::headers::Name;
use crate::core::output::LegNote;
use crate::core::profile::{CalledField, Preset, TrunkProfile};
use ringdesk_model::Country;
use ringdesk_voice::{LegCommand, Profile};

fn line(profile: TrunkProfile) -> Line {
    let own = |number: &str, label: Option<&str>| OwnNumber {
        number: number.into(),
        announced: number.into(),
        label: label.map(str::to_owned),
        channels: None,
    };
    let numbers = [own("01012345678", Some("4008001234")), own("1000", None)];
    let directory = Directory::new("example.org", Vec::new(), trunks());
    let directory = directory.with_profile(trunks()[0].id, profile);
    Line::with(setup(), directory.with_numbers(Country::of("CN").unwrap(), numbers))
}

fn ims() -> TrunkProfile {
    TrunkProfile { call_domain: Some("bj.ims.example.cn".into()), ..Preset::CnIms.profile() }
}

/// What an IMS of a Chinese carrier sends for a call to a landing number of a 400 number.
///
/// Rows: V15
#[test]
fn a_call_of_a_carriers_ims() {
    let mut line = line(ims());
    let mut far = Far::new(&line);
    far.from = "<sip:+8613800138000@bj.ims.example.cn;user=phone>;tag=far".into();
    let more = "P-Asserted-Identity: <sip:+8613800138000@bj.ims.example.cn>,<tel:+86-138-0013-8000>\r\n\
                P-Called-Party-ID: <sip:+861012345678@bj.ims.example.cn>\r\n\
                History-Info: <sip:4008001234@bj.ims.example.cn>;index=1\r\nIdentity: abc;info=<https://x>\r\n";
    let invite = far.invite(more, OFFER).replacen("sip:1000@192.0.2.9", "sip:pilot@192.0.2.9", 1);
    line.hear(&invite);
    let call = line.call();
    assert_eq!(call.from.number.reveal(), "+8613800138000");
    assert_eq!(call.to.number.reveal(), "01012345678", "as the house wrote it down");
    assert_eq!(call.to.name.unwrap().reveal(), "4008001234");
    assert_eq!(call.profile, Profile::Rtp(ims().sound));
    match line.notes.pop_front() {
        Some((leg, LegNote::Came { trunk, said })) => {
            assert_eq!((leg, trunk), (call.leg, trunks()[0].id));
            assert_eq!(said.asserted.len(), 2);
            assert_eq!(said.history, ["<sip:4008001234@bj.ims.example.cn>;index=1"]);
            assert_eq!((said.identity.len(), said.request_uri.as_str()), (1, "sip:pilot@192.0.2.9"));
        }
        other => panic!("{other:?}"),
    }
    line.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    line.status(200);
}

/// Rows: V15
#[test]
fn who_is_anonymous_stays_anonymous() {
    let asserted = "P-Asserted-Identity: <tel:+8613800138000>\r\n";
    for (trusted, from, more, number) in [
        (true, "\"Anonymous\" <sip:anonymous@anonymous.invalid>", asserted.to_owned(), "anonymous"),
        (true, "<sip:+8613800138000@op>", format!("{asserted}Privacy: id\r\n"), "anonymous"),
        (true, "<sip:+8613800138000@op>", "Privacy: user;critical\r\n".to_owned(), "anonymous"),
        (true, "<sip:7@op>", format!("{asserted}Privacy: none\r\n"), "+8613800138000"),
        (true, "<sip:7@op>", asserted.to_owned(), "+8613800138000"),
        (false, "<sip:7@op>", asserted.to_owned(), "7"),
        (true, "<sip:7@op>", "P-Preferred-Identity: <tel:+8613800138000>\r\n".to_owned(), "7"),
    ] {
        let mut line = line(TrunkProfile { trusted, ..TrunkProfile::default() });
        let mut far = Far::new(&line);
        far.from = format!("{from};tag=far");
        let invite = far.invite(&more, OFFER);
        line.hear(&invite);
        assert_eq!(line.call().from.number.reveal(), number, "{from} {more}");
    }
}

/// Rows: V15
#[test]
fn the_called_number_is_looked_for_in_order() {
    use CalledField::{Diversion, HistoryInfo, PCalledPartyId, RequestUri, To};
    let more = "Diversion: <tel:+8675500000001>;reason=unconditional, <tel:4007>;reason=no-answer\r\n\
                History-Info: <sip:4008@op?Reason=SIP%3Bcause%3D302>;index=1, <sip:9@op>;index=1.1\r\n";
    for (fields, called) in [
        (vec![RequestUri], "1000"),
        (vec![Diversion], "4007"),
        (vec![HistoryInfo, To], "1000"),
        (vec![PCalledPartyId, HistoryInfo], "4008"),
        (vec![PCalledPartyId], "1000"),
        (vec![To, Diversion], "1000"),
    ] {
        let mut line = line(TrunkProfile { called_from: fields.clone(), ..TrunkProfile::default() });
        let mut far = Far::new(&line);
        let invite = far.invite(more, OFFER);
        line.hear(&invite);
        assert_eq!(line.call().to.number.reveal(), called, "{fields:?}");
    }
}

/// Rows: V15
#[test]
fn a_call_out_is_dressed_for_its_trunk() {
    let mut line =
        line(TrunkProfile { numbers: vec!["+86101234*".into()], default_caller: Some("01012345678".into()), ..ims() });
    let to = {
        use crate::core::input::Input;
        use crate::core::output::Output;
        use ringdesk_model::Pii;
        use ringdesk_voice::Target;
        line.input(Input::Reach { ask: 1, target: Target::Number(Pii::new("013800138000".into())) });
        match line.other.pop_back() {
            Some(Output::Reached { mut destinations, .. }) => destinations.remove(0),
            other => panic!("{other:?}"),
        }
    };
    // The caller of the driver is a number of Berlin: not ours to show.
    line.dial_to(to, OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!(hop, UDP, "the proxy, not the domain");
    assert_eq!(invite.uri(), "sip:+8613800138000@bj.ims.example.cn;user=phone");
    assert_eq!(invite.to_addr().unwrap().uri, invite.uri());
    assert_eq!(invite.from_addr().unwrap().uri, "sip:+861012345678@bj.ims.example.cn;user=phone");
    assert_eq!(invite.from_addr().unwrap().display, None, "the name of somebody else");
    for field in [Name::PAssertedIdentity, Name::PPreferredIdentity] {
        assert_eq!(invite.headers.get(&field), Some("<tel:+861012345678>"));
    }
    assert_eq!(invite.headers.get(&Name::Privacy), None);
}
