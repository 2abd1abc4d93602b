//! Golden answers to offers as they are sent in the field.

use super::negotiate::{Local, Remote, offered};
use super::read::Format;
use crate::codec::Codec;
use ringdesk_voice::{Refusal, Sdp, SrtpPolicy};

fn sdp(text: &str) -> Sdp {
    Sdp::from(text.trim_start().replace('\n', "\r\n").into_bytes())
}

fn text(sdp: &Sdp) -> String {
    String::from_utf8(sdp.0.to_vec()).unwrap().replace("\r\n", "\n")
}

fn local() -> Local {
    Local::new(77, "192.0.2.10:20000".parse().unwrap(), SrtpPolicy::Off)
}

fn answer(local: &mut Local, offer: &str) -> (String, Remote) {
    let offer = offered(&sdp(offer), false, SrtpPolicy::Off).unwrap_or_else(|why| panic!("refused: {why:?}"));
    let (answer, remote) = local.answer(&offer, None).unwrap();
    (text(&answer), remote)
}

fn refusal(offer: &str) -> Refusal {
    offered(&sdp(offer), false, SrtpPolicy::Off).err().expect("refused")
}

const SIPP: &str = "
v=0
o=user1 53655765 2353687637 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 6000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
";

#[test]
fn sipp() {
    let (answer, remote) = answer(&mut local(), SIPP);
    assert_eq!(
        answer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=sendrecv
"
    );
    assert_eq!(remote.rtp, Some("127.0.0.1:6000".parse().unwrap()));
    assert_eq!(remote.rtcp, Some("127.0.0.1:6001".parse().unwrap()));
    assert_eq!((remote.telephone_event, remote.ptime, remote.held, remote.sends), (None, 20, false, true));
}

const BARESIP: &str = "
v=0
o=- 3894729834 1234 IN IP4 10.0.0.5
s=-
c=IN IP4 10.0.0.5
t=0 0
a=tool:baresip 1.0.0
m=audio 10020 RTP/AVP 96 97 9 0 8 101
b=AS:125
a=rtpmap:96 opus/48000/2
a=fmtp:96 stereo=1;sprop-stereo=1
a=rtpmap:97 G7221/16000
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtcp:10021
a=sendrecv
a=label:1
a=rtcp-rsize
a=ssrc:1234 cname:sip:a@b
a=ptime:20
";

#[test]
fn baresip_unknown_codecs_are_passed_over() {
    let (answer, _) = answer(&mut local(), BARESIP);
    assert_eq!(
        answer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
"
    );
    // The bridged leg speaks A-law: so does this one, and nothing is converted.
    let offer = offered(&sdp(BARESIP), false, SrtpPolicy::Off).unwrap_or_else(|_| unreachable!());
    let (answer, remote) = local().answer(&offer, Some(Codec::Pcma)).unwrap();
    assert!(text(&answer).contains("m=audio 20000 RTP/AVP 8 101\n"));
    assert_eq!(remote.send.codec, Codec::Pcma);
}

#[test]
fn linphone_video_is_refused_in_place_and_telephone_event_mirrored() {
    let (answer, remote) = answer(
        &mut local(),
        "
v=0
o=alice 2890 3111 IN IP4 192.168.1.7
s=Talk
c=IN IP4 192.168.1.7
t=0 0
a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
a=record:off
m=audio 7078 RTP/AVPF 96 97 98 0 8 18 99 100
a=rtpmap:96 opus/48000/2
a=rtpmap:97 speex/16000
a=rtpmap:98 speex/8000
a=fmtp:18 annexb=yes
a=rtpmap:99 telephone-event/48000
a=rtpmap:100 telephone-event/8000
a=rtcp-fb:* trr-int 1000
m=video 9078 RTP/AVPF 96
a=rtpmap:96 VP8/90000
",
    );
    assert_eq!(
        answer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVPF 0 100
a=rtpmap:0 PCMU/8000
a=rtpmap:100 telephone-event/8000
a=fmtp:100 0-15
a=sendrecv
m=video 0 RTP/AVPF 96
"
    );
    assert_eq!(remote.telephone_event, Some(100));
}

#[test]
fn carrier_with_static_types_alone_and_its_own_packet_time() {
    let (answer, remote) = answer(
        &mut local(),
        "
v=0
o=SBC 0 0 IN IP4 203.0.113.1
s=sbc call
t=0 0
m=audio 30004 RTP/AVP 18 8 0 101
c=IN IP4 203.0.113.77
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15,16
a=ptime:30
a=maxptime:40
a=rtcp:30500 IN IP4 203.0.113.78
a=rtcp-mux
m=image 0 udptl t38
",
    );
    assert_eq!(
        answer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:30
a=rtcp-mux
a=sendrecv
m=image 0 udptl t38
"
    );
    assert_eq!((remote.ptime, remote.rtcp_mux), (30, true));
    assert_eq!((remote.rtp, remote.rtcp), (remote.rtp, remote.rtp), "multiplexed");
}

/// A browser behind a gateway: encrypted lines, video and data around the one line of plain RTP.
#[test]
fn many_lines_are_answered_in_place() {
    let many = "
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2 3
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110 126
c=IN IP4 0.0.0.0
a=rtpmap:111 opus/48000/2
a=mid:0
m=audio 49170 RTP/AVP 111 8 126
c=IN IP4 198.51.100.4
a=rtpmap:111 opus/48000/2
a=rtpmap:126 telephone-event/8000
a=mid:1
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:2
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:3
";
    let (answer, _) = answer(&mut local(), many);
    assert_eq!(
        answer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 0 UDP/TLS/RTP/SAVPF 111 0 8 110 126
m=audio 20000 RTP/AVP 8 126
a=rtpmap:8 PCMA/8000
a=rtpmap:126 telephone-event/8000
a=fmtp:126 0-15
a=sendrecv
m=video 0 UDP/TLS/RTP/SAVPF 96 97
m=application 0 UDP/DTLS/SCTP webrtc-datachannel
"
    );
    // A browser's own offer has no line of plain RTP.
    assert_eq!(refusal(&many.replace("RTP/AVP 111", "UDP/TLS/RTP/SAVPF 111")), Refusal::Unsecured);
    // Our own later offer keeps the lines.
    let mut local = local();
    super::tests::answer(&mut local, many);
    let offer = text(&local.offer(None).unwrap());
    assert_eq!(offer.matches("m=").count(), 4);
    assert!(offer.contains("o=- 77 2 ") && offer.contains("m=audio 20000 RTP/AVP 8 0 126\n"), "{offer}");
}

#[test]
fn hold_in_every_spelling() {
    for (theirs, address, ours, held, sends) in [
        ("sendrecv", "127.0.0.1", "sendrecv", false, true),
        ("sendonly", "127.0.0.1", "recvonly", true, true),
        ("recvonly", "127.0.0.1", "sendonly", false, false),
        ("inactive", "127.0.0.1", "inactive", true, false),
        ("sendrecv", "0.0.0.0", "recvonly", true, true),
        ("sendonly", "0.0.0.0", "recvonly", true, true),
        ("inactive", "0.0.0.0", "inactive", true, false),
    ] {
        let offer = SIPP.replace("c=IN IP4 127.0.0.1", &format!("c=IN IP4 {address}")) + &format!("a={theirs}\n");
        let (answer, remote) = answer(&mut local(), &offer);
        assert!(answer.ends_with(&format!("a={ours}\n")), "{theirs} {address}: {answer}");
        assert_eq!((remote.held, remote.sends), (held, sends), "{theirs} {address}");
    }
    // Said for the whole session.
    let (answer, _) = answer(&mut local(), &SIPP.replace("t=0 0", "t=0 0\na=sendonly"));
    assert!(answer.ends_with("a=recvonly\n"));
}

#[test]
fn the_version_grows_only_with_a_change() {
    let mut local = local();
    let version = |answer: &str| answer.lines().nth(1).unwrap().to_owned();
    let (first, _) = answer(&mut local, SIPP);
    let (again, _) = answer(&mut local, &SIPP.replace("2353687637", "2353687638"));
    assert_eq!(first, again);
    let (held, _) = answer(&mut local, &(SIPP.to_owned() + "a=sendonly\n"));
    assert_eq!(version(&held), "o=- 77 2 IN IP4 192.0.2.10");
    let (back, _) = answer(&mut local, SIPP);
    assert_eq!(version(&back), "o=- 77 3 IN IP4 192.0.2.10");
}

#[test]
fn refusals() {
    let t38 = SIPP.replace("m=audio 6000 RTP/AVP 0", "m=image 6000 udptl t38");
    assert_eq!(refusal(&t38), Refusal::NoAudio);
    assert_eq!(refusal(&SIPP.replace("6000", "0")), Refusal::NoAudio);
    assert_eq!(refusal("\nv=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\n"), Refusal::NoAudio);
    assert_eq!(
        refusal(&SIPP.replace("RTP/AVP 0", "RTP/AVP 18").replace(":0 PCMU", ":18 G729")),
        Refusal::NoCommonCodec
    );
    assert_eq!(refusal(&SIPP.replace("PCMU/8000", "L16/8000")), Refusal::NoCommonCodec, "type 0 redefined");
    assert_eq!(refusal(&SIPP.replace("c=IN IP4 127.0.0.1\n", "")), Refusal::Malformed);
    assert_eq!(refusal(&SIPP.replace("6000", "70000")), Refusal::Malformed);
    for garbage in [&b""[..], b"hello", b"\xff\xfe\0", b"v=1\r\n", b"m=audio 1 RTP/AVP 0\r\n", &[b'v'; 70_000]] {
        assert_eq!(
            offered(&Sdp::from(garbage.to_vec()), false, SrtpPolicy::Off).err(),
            Some(Refusal::Malformed),
            "{garbage:?}"
        );
    }
    let lines = "m=audio 6000 RTP/AVP 0\n".repeat(40);
    assert_eq!(refusal(&(SIPP.to_owned() + &lines)), Refusal::Malformed);
    // The other family: there is no way from here to there.
    let v6 = SIPP.replace("IP4 127.0.0.1", "IP6 2001:db8::1");
    assert_eq!(refusal(&v6), Refusal::NoAudio);
    assert_eq!(offered(&sdp(SIPP), true, SrtpPolicy::Off).err(), Some(Refusal::NoAudio));
}

#[test]
fn ipv6() {
    let offer = SIPP.replace("IP4 127.0.0.1", "IP6 2001:db8::1");
    let offer = offered(&sdp(&offer), true, SrtpPolicy::Off).unwrap_or_else(|why| panic!("{why:?}"));
    let mut local = Local::new(9, "[2001:db8::2]:20002".parse().unwrap(), SrtpPolicy::Off);
    let (answer, remote) = local.answer(&offer, None).unwrap();
    let answer = text(&answer);
    assert!(answer.contains("o=- 9 1 IN IP6 2001:db8::2\n") && answer.contains("c=IN IP6 2001:db8::2\n"), "{answer}");
    assert_eq!(remote.rtp, Some("[2001:db8::1]:6000".parse().unwrap()));
}

#[test]
fn latin_1_line_feeds_alone_and_host_names_are_no_obstacle() {
    let body = b"v=0\no=- 1 1 IN IP4 phone.local\ns=B\xfcro\nc=IN IP4 phone.local\nt=0 0\nm=audio 5004 RTP/AVP 8\n";
    let offer = offered(&Sdp::from(body.to_vec()), false, SrtpPolicy::Off).unwrap_or_else(|why| panic!("{why:?}"));
    let (_, remote) = local().answer(&offer, None).unwrap();
    assert_eq!((remote.rtp, remote.held), (None, false));
}

#[test]
fn packet_times() {
    for (lines, expected) in [
        ("", 20),
        ("a=ptime:10\n", 10),
        ("a=ptime:40\n", 40),
        ("a=ptime:33\n", 20),
        ("a=ptime:20.0\n", 20),
        ("a=maxptime:10\n", 10),
        ("a=ptime:60\na=maxptime:40\n", 40),
        ("a=ptime:x\n", 20),
    ] {
        assert_eq!(answer(&mut local(), &(SIPP.to_owned() + lines)).1.ptime, expected, "{lines}");
    }
}

#[test]
fn our_offer_and_the_answers_of_two_forks() {
    let mut local = local();
    let offer = text(&local.offer(Some(Codec::Pcma)).unwrap());
    assert_eq!(
        offer,
        "v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
"
    );
    let first = local.take_answer(&sdp(SIPP)).unwrap();
    assert_eq!((first.send.codec, first.telephone_event), (Codec::Pcmu, None));
    let second = SIPP.replace("6000 RTP/AVP 0", "7000 RTP/AVP 8 96").replace("0 PCMU", "96 telephone-event");
    let second = local.take_answer(&sdp(&second)).unwrap();
    assert_eq!(second.rtp, Some("127.0.0.1:7000".parse().unwrap()));
    // It wants digits as 96 and may send them as it likes.
    assert_eq!(second.telephone_event, Some(96));
    let accepted = local.accepted();
    assert!(accepted.is_telephone_event(96) && accepted.is_telephone_event(101));
    assert_eq!(
        (accepted.codec(0), accepted.codec(8), accepted.codec(18)),
        (Some(Codec::Pcmu), Some(Codec::Pcma), None)
    );
    // Nothing changed: the same offer again is the same description.
    assert_eq!(text(&local.offer(Some(Codec::Pcma)).unwrap()), offer);
    for (answer, why) in [
        (SIPP.replace("6000", "0"), Refusal::NoAudio),
        (SIPP.replace("RTP/AVP 0", "RTP/AVP 18"), Refusal::NoCommonCodec),
        ("v=0\n".into(), Refusal::NoAudio),
        ("rubbish".into(), Refusal::Malformed),
    ] {
        assert_eq!(local.take_answer(&sdp(&answer)).err(), Some(why), "{answer}");
    }
}

fn wishes(offer: &str, prefer: Option<Codec>) -> (String, Remote) {
    let offer = offered(&sdp(offer), false, SrtpPolicy::Off).unwrap_or_else(|why| panic!("refused: {why:?}"));
    let (answer, remote) = local().answer(&offer, prefer).unwrap();
    (text(&answer), remote)
}

#[test]
fn wideband_is_spoken_on_purpose() {
    // The bridged leg speaks it.
    let (answer, remote) = wishes(BARESIP, Some(Codec::Opus));
    assert!(
        answer.contains(
            "m=audio 20000 RTP/AVP 96 101
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:101 telephone-event/8000
"
        ),
        "{answer}"
    );
    assert_eq!((remote.send.codec, remote.event_clock), (Codec::Opus, 8_000));
    let (answer, _) = wishes(BARESIP, Some(Codec::G722));
    assert!(answer.contains("m=audio 20000 RTP/AVP 9 101\na=rtpmap:9 G722/8000\na=rtpmap:101 "), "{answer}");
    // There is nothing else.
    let (answer, _) = wishes(&BARESIP.replace("96 97 9 0 8 101", "97 9 101"), None);
    assert!(answer.contains("RTP/AVP 9 101\n"), "{answer}");
    let (answer, _) = wishes(&SIPP.replace("RTP/AVP 0\na=rtpmap:0 PCMU/8000", "RTP/AVP 9"), None);
    assert!(answer.contains("RTP/AVP 9\na=rtpmap:9 G722/8000\n"), "a static type: {answer}");
    // Not what somebody else calls so.
    for other in ["opus/48000", "opus/16000/2", "G722/16000"] {
        let offer = SIPP.replace("RTP/AVP 0\na=rtpmap:0 PCMU/8000", &format!("RTP/AVP 99\na=rtpmap:99 {other}"));
        assert_eq!(refusal(&offer), Refusal::NoCommonCodec, "{other}");
    }
}

#[test]
fn digits_count_on_the_codecs_own_clock() {
    let browser = "
v=0
o=- 1 2 IN IP4 198.51.100.4
s=-
t=0 0
m=audio 49170 RTP/AVP 111 0 110 126
c=IN IP4 198.51.100.4
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=18000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ptime:30
";
    for (prefer, codec, event, ptime) in
        [(None, Codec::Pcmu, (126, 8_000), 30), (Some(Codec::Opus), Codec::Opus, (110, 48_000), 20)]
    {
        let (answer, remote) = wishes(browser, prefer);
        assert_eq!((remote.send.codec, remote.ptime), (codec, ptime));
        assert_eq!((remote.telephone_event, remote.event_clock), (Some(event.0), event.1));
        assert!(answer.contains(&format!("a=rtpmap:{} telephone-event/{}\n", event.0, event.1)), "{answer}");
        let wish = remote.opus;
        assert_eq!((wish.fec, wish.dtx, wish.bitrate), (true, true, Some(18_000)));
    }
    let mut local = local();
    let offer = offered(&sdp(browser), false, SrtpPolicy::Off).unwrap_or_else(|_| unreachable!());
    local.answer(&offer, Some(Codec::Opus)).unwrap();
    assert_eq!((local.accepted().event_clock(110), local.accepted().codec(111)), (48_000, Some(Codec::Opus)));
    // A later offer of ours keeps what is spoken, and adds what everybody can.
    let later = text(&local.offer(None).unwrap());
    assert!(later.contains("RTP/AVP 111 0 8 110\n") && later.contains("a=rtpmap:110 telephone-event/48000"), "{later}");
}

#[test]
fn our_offer_to_the_other_side_of_a_wideband_leg() {
    let mut local = local();
    let offer = text(&local.offer(Some(Codec::Opus)).unwrap());
    assert!(offer.contains("m=audio 20000 RTP/AVP 107 0 8 101\na=rtpmap:107 opus/48000/2\n"), "{offer}");
    let opus = SIPP.replace("RTP/AVP 0\na=rtpmap:0 PCMU/8000", "RTP/AVP 107\na=rtpmap:107 opus/48000/2");
    assert_eq!(local.take_answer(&sdp(&opus)).unwrap().send, Format { payload_type: 107, codec: Codec::Opus });
    assert_eq!(local.take_answer(&sdp(SIPP)).unwrap().send.codec, Codec::Pcmu);
    let mut local = super::tests::local();
    assert!(text(&local.offer(Some(Codec::G722)).unwrap()).contains("m=audio 20000 RTP/AVP 9 0 8 101\n"));
}

/// An operator that wants A-law before anything else, and nothing that is not on its list.
///
/// Rows: V15
#[test]
fn a_line_speaks_only_its_codecs() {
    let mut local = local();
    local.speak_only(&["PCMA".into(), "pcmu".into(), "G729".into()]);
    let offer = text(&local.offer(Some(Codec::Opus)).unwrap());
    assert!(offer.contains("m=audio 20000 RTP/AVP 8 0 101\n"), "{offer}");
    let wanted = |formats: &str, prefer| {
        let offer = SIPP.replace("RTP/AVP 0\na=rtpmap:0 PCMU/8000", formats);
        let offer = offered(&sdp(&offer), false, SrtpPolicy::Off).map_err(|_| Refusal::Malformed)?;
        let mut local = super::tests::local();
        local.speak_only(&["PCMA".into(), "PCMU".into()]);
        local.answer(&offer, prefer).map(|(_, remote)| remote.send.codec)
    };
    assert_eq!(wanted("RTP/AVP 0 8", None), Ok(Codec::Pcma), "our order, not theirs");
    assert_eq!(wanted("RTP/AVP 8 0", Some(Codec::Pcmu)), Ok(Codec::Pcmu), "what needs no conversion");
    assert_eq!(wanted("RTP/AVP 9 0", Some(Codec::G722)), Ok(Codec::Pcmu));
    assert_eq!(wanted("RTP/AVP 9", None), Err(Refusal::NoCommonCodec));
}
