//! Sound that is encrypted with keys in the descriptions: baresip and ffmpeg at the other end, and those who have the wrong key
//! or none.

use super::recordings::{LATER, SOON, decoded, id, loud, stored, wav};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::baresip::{Account, More};
use ringdesk_interop::{Baresip, Centre, Ladder, PASSWORD, Phone};
use std::process::{Command, Stdio};
use std::time::Duration;

const INSIDE: f32 = 440.0;
const AGENT: f32 = 620.0;
const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
/// 2002 may not speak unencrypted; 2001 may, and is offered to; 2003 neither.
const POLICY: &str = "[signaling.phones.extensions]\n2002 = \"required\"\n2001 = \"offered\"\n2003 = \"off\"\n";

/// Extension 2002 at a baresip that encrypts, or refuses to talk.
async fn encrypting(centre: &Centre, how: &str) -> Result<Baresip> {
    let account =
        Account { user: "2002", server: centre.sip, password: Some(PASSWORD), transport: "udp", speaks_hz: INSIDE };
    let parameters = format!("audio_codecs=PCMU/8000/1;dtmfmode=rtpevent;mediaenc={how}");
    let phone = Baresip::start_with(&account, &More { modules: &["srtp.so"], parameters: &parameters }).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n >= 1).await?;
    Ok(phone)
}

/// Gives the packets that were none of those with the agreed key: at most a few, before the telephone had taken our answer.
async fn nothing_forged(centre: &Centre) -> Result<u64> {
    for figure in ["media_dropped_replayed_total", "media_rtcp_malformed_total"] {
        assert_eq!(centre.figure(figure).await?, 0, "{figure}");
    }
    let early = centre.figure("media_dropped_forged_total").await?;
    assert!(early <= 3, "{early} of hundreds");
    Ok(early)
}

/// A telephone that encrypts calls an agent whose telephone does not: both hear each other, hold and come back, and the
/// recording of it can be heard.
///
/// Rows: S12.1, V1, S4.6
#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_telephone_and_a_plain_one_talk_and_are_recorded() -> Result<()> {
    let centre = Centre::start_with(POLICY, &[]).await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, AGENT, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    centre.agent_ready("agent1").await?;
    let reviewer = centre.login("reviewer").await?;
    let mut inside = encrypting(&centre, "srtp-mand").await?;
    inside.dial(&format!("sip:1001@{}", centre.sip)).await?;
    inside.event("CALL_ESTABLISHED", SOON).await?;
    let invite = agent.rings(LATER).await?;
    ensure!(invite.body.matches("a=crypto:").count() == 2 && invite.body.contains(" RTP/AVP "), "{}", invite.body);
    // It knows nothing of keys, and answers as ever.
    agent.pick_up().await?;
    agent
        .sound
        .hears_tone(INSIDE, SOON)
        .await
        .with_context(|| format!("the agent hears nothing\n{}", inside.output()))?;
    inside.hears_tone(AGENT, SOON).await.with_context(|| format!("baresip hears nothing\n{}", inside.output()))?;
    let said = inside.output();
    ensure!(said.contains("RTP/SAVP") && said.matches("a=crypto:").count() >= 2, "both describe keys\n{said}");
    let early = nothing_forged(&centre).await?;
    inside.command("hold", "").await?;
    inside.command("resume", "").await?;
    agent.sound.clear();
    agent.sound.hears_tone(INSIDE, SOON).await.context("after the hold")?;
    tokio::time::sleep(Duration::from_secs(2)).await; // they talk: what is looked for on the tape
    assert_eq!(nothing_forged(&centre).await?, early, "once both have the key every packet is right");
    inside.command("hangup", "").await?;
    agent.hung_up(SOON).await?;
    let recording = stored(&centre, &reviewer, 1).await?[0].clone();
    let [left, right] = wav(&centre, &reviewer, &recording).await?;
    assert!(loud(&left, INSIDE) >= 3 && loud(&right, AGENT) >= 3, "{} {}", loud(&left, INSIDE), loud(&right, AGENT));
    let path = format!("recordings/{}/audio", id(&recording)?);
    let (_, _, ogg) = centre.fetch(Some(&reviewer), &path, None).await?;
    assert!(loud(&decoded(&ogg)?[0], INSIDE) >= 3);
    assert!(!centre.log().contains("inline:"), "a key is in the log");
    Ok(())
}

/// Dialled by us, with AES-GCM where the telephone knows it; the other profile names, and keys beside a plain one.
///
/// Rows: S12.1, V1
#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_telephone_is_called_and_calls_in_every_spelling() -> Result<()> {
    let centre = Centre::start_with(POLICY, &[]).await?;
    let mut inside = encrypting(&centre, "srtp-mand").await?;
    let login = centre.agent_ready("agent2").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, AGENT, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    inside.event("CALL_INCOMING", LATER).await?;
    inside.command("accept", "").await?;
    inside.event("CALL_ESTABLISHED", SOON).await?;
    caller.sound.hears_tone(INSIDE, SOON).await.with_context(|| format!("no tone\n{}", inside.output()))?;
    inside.hears_tone(AGENT, SOON).await.with_context(|| format!("no tone\n{}", inside.output()))?;
    let said = inside.output();
    ensure!(said.contains("m=audio") && said.contains("AEAD_AES_128_GCM"), "GCM is offered\n{said}");
    nothing_forged(&centre).await?;
    caller.hang_up().await?;
    inside.event("CALL_CLOSED", SOON).await?;
    drop(login);
    drop(inside);
    for how in ["srtp-mandf", "srtp"] {
        let mut inside = encrypting(&centre, how).await?;
        inside.dial(&format!("sip:1003@{}", centre.sip)).await?;
        inside.event("CALL_ESTABLISHED", SOON).await?;
        inside.hears_tone(INSIDE, SOON).await.with_context(|| format!("{how}: no echo\n{}", inside.output()))?;
        nothing_forged(&centre).await?;
        inside.command("hangup", "").await?;
        inside.event("CALL_CLOSED", SOON).await?;
    }
    Ok(())
}

/// Refused where it must be encrypted and is not, or is in a way that nobody knows; not heard where the key is wrong, and the
/// call goes on.
///
/// Rows: S12.1
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_is_refused_and_who_has_a_wrong_one_is_silence() -> Result<()> {
    let centre = Centre::start_with(POLICY, &[]).await?;
    let crypto = |rest: &str| format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}{rest}\r\n");
    for (user, proto, line, status) in [
        ("2002", "RTP/AVP", String::new(), 488),
        ("2002", "RTP/SAVP", String::new(), 488),
        ("2002", "RTP/SAVP", crypto(" UNENCRYPTED_SRTP"), 488),
        ("2002", "RTP/SAVP", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:x\r\n".into(), 488),
        ("2002", "RTP/SAVP", crypto("|2^20|1:4"), 200),
        ("2002", "RTP/AVP", crypto(""), 200),
        ("2001", "RTP/SAVP", String::new(), 488),
        ("2001", "RTP/AVP", crypto(" KDR=24"), 200),
    ] {
        let mut phone = Phone::new(user, user, centre.sip, INSIDE, &Ladder::default()).await?;
        phone.register(PASSWORD, 300).await?;
        let sdp = phone.sdp("sendrecv").replace("RTP/AVP", proto) + &line;
        phone.invite_as_with("1003", PASSWORD, &sdp).await?;
        if status != 200 {
            assert_eq!(phone.refused(SOON).await?, status, "{user} {proto} {line}");
            continue;
        }
        let body = phone.answered(SOON).await?.body;
        let encrypted = body.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:");
        assert_eq!((body.contains(proto), encrypted), (true, user == "2002"), "{user} {proto} {line}\n{body}");
        if encrypted && proto == "RTP/SAVP" {
            // It says that it encrypts, and does not: nothing of it is believed, and nothing ends.
            let forged = centre.figure("media_dropped_forged_total").await?;
            centre.figure_until("media_dropped_forged_total", SOON, |n| n > forged + 20).await?;
            assert!(
                phone.sound.hears_tone(INSIDE, Duration::from_secs(1)).await.is_none(),
                "an echo of what is not its"
            );
            phone.sound.mute(true);
        }
        phone.hang_up().await?;
    }
    centre.figure_until("calls_open", SOON, |n| n == 0).await.map(drop)
}

/// What ffmpeg encrypts we hear, and it hears what we encrypt.
///
/// Rows: S12.1, V1
#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_reads_our_packets_and_we_read_its() -> Result<()> {
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] {
        let centre = Centre::start_with(POLICY, &[]).await?;
        let mut phone = Phone::new("2002", "2002", centre.sip, AGENT, &Ladder::default()).await?;
        phone.register(PASSWORD, 300).await?;
        let mut agent = Phone::new("2001", "2001", centre.sip, AGENT, &Ladder::default()).await?;
        agent.register(PASSWORD, 300).await?;
        centre.agent_ready("agent1").await?;
        // Its sound is ffmpeg's business: a port that nobody has.
        let port = ringdesk_interop::centre::free_port()?.port() & !1;
        let own = phone
            .sdp("sendrecv")
            .replace(&format!("m=audio {} RTP/AVP", phone.sound.port), &format!("m=audio {port} RTP/SAVP"));
        phone.sound.mute(true);
        let folder = tempfile::tempdir()?;
        phone.invite_as_with("1001", PASSWORD, &format!("{own}a=crypto:1 {suite} inline:{KEY}\r\n")).await?;
        let answer = phone.answered(SOON).await?;
        agent.rings(LATER).await?;
        let line = answer.body.lines().find(|l| l.starts_with("a=crypto:1")).context("a key")?;
        let hears = folder.path().join("hears.sdp");
        let described = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
        std::fs::write(&hears, format!("{described}m=audio {port} RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n{line}\r\n"))?;
        let heard = folder.path().join("heard.wav");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-protocol_whitelist", "file,udp,rtp,srtp,crypto", "-i"]).arg(&hears);
        ffmpeg.args(["-t", "2", "-ar", "8000", "-ac", "1", "-c:a", "pcm_s16le"]).arg(&heard).stdin(Stdio::null());
        let heard = tokio::task::spawn_blocking(move || -> Result<Vec<i16>> {
            ensure!(ffmpeg.status()?.success(), "ffmpeg");
            Ok(hound::WavReader::open(heard)?.samples::<i16>().collect::<Result<_, _>>()?)
        });
        // Whoever waits hears music.
        let heard = heard.await??;
        assert!(heard.iter().filter(|s| s.unsigned_abs() > 300).count() > 4_000, "{suite}: ffmpeg hears no music");

        let to = answer.sound_address().context("an address")?;
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=60"]);
        ffmpeg.args(["-af", "volume=12dB", "-c:a", "pcm_mulaw", "-f", "rtp", "-srtp_out_suite", suite]);
        ffmpeg.args(["-srtp_out_params", KEY]).arg(format!("srtp://{to}?pkt_size=172")).stdin(Stdio::null());
        let mut ffmpeg = ffmpeg.stdout(Stdio::null()).spawn()?;
        agent.pick_up().await?;
        let tone = agent.sound.hears_tone(440.0, SOON).await;
        ffmpeg.kill()?;
        ffmpeg.wait()?;
        assert!(
            tone.is_some(),
            "{suite}: ffmpeg is not heard; {} forged",
            centre.figure("media_dropped_forged_total").await?
        );
        nothing_forged(&centre).await?;
        agent.hang_up().await?;
    }
    Ok(())
}
