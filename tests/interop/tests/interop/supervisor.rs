//! A supervisor in somebody's call: who hears whom in each mode, by a tone of each one's own, and in the recording.

use crate::interop::recordings::{decoded, id, loud, stored};
use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, does_not_hear, hear_each_other};
use anyhow::{Context as _, Result};
use ringdesk_audio::tone::measure;
use ringdesk_interop::Centre;
use serde_json::{Value, json};

/// Give a login of the demonstration another role.
pub(crate) async fn with_role(centre: &Centre, login: &str, role: &str) -> Result<()> {
    let admin = centre.login("admin").await?;
    let (_, users) = centre.api(&admin, "GET", "users", None).await?;
    let user = users.as_array().context("users")?.iter().find(|u| u["login"] == login).context("the user")?;
    let path = format!("users/{}/roles", user["id"].as_str().context("id")?);
    let (status, reply) = centre.api(&admin, "PUT", &path, Some(&json!({ "roles": [role] }))).await?;
    anyhow::ensure!(status < 300, "{status} {reply}");
    Ok(())
}

impl Talk {
    /// So many legs are mixed for.
    async fn mixed_legs(&self, legs: u64, why: &str) -> Result<()> {
        self.centre.figure_until("media_legs_mixed", SOON, |n| n == legs).await.map(drop).context(why.to_owned())
    }

    /// What the file that people play has on its left and on its right, and nowhere, as ffmpeg decodes it.
    async fn is_on_tape(&self, left: &[f32], right: &[f32], nowhere: &[f32]) -> Result<()> {
        let reviewer = self.centre.login("reviewer").await?;
        let recording = stored(&self.centre, &reviewer, 1).await?.remove(0);
        let path = format!("recordings/{}/audio", id(&recording)?);
        let (status, _, ogg) = self.centre.fetch(Some(&reviewer), &path, None).await?;
        anyhow::ensure!(status == 200, "{path}: {status}");
        let sides = decoded(&ogg)?;
        for (here, there, tones) in [(&sides[0], &sides[1], left), (&sides[1], &sides[0], right)] {
            for hz in tones {
                assert!(loud(here, *hz) > 0, "{hz} is not on its side of the tape");
                assert_eq!(loud(there, *hz), 0, "{hz} is on the other side, too");
            }
        }
        // One packet of it would be seen, in each tenth of a second in which they talk; before that there are music and words.
        for (side, talks) in [(&sides[0], left[0]), (&sides[1], right[0])] {
            let tenths: Vec<&[i16]> = side.chunks_exact(800).collect();
            let talks = |tenth: &[i16]| measure(tenth, 8_000, talks) > -20.0;
            let whole = tenths.windows(3).filter(|three| three.iter().all(|tenth| talks(tenth)));
            let whole: Vec<&[i16]> = whole.map(|three| three[1]).collect();
            assert!(whole.len() > 50, "{} tenths of a second", whole.len());
            for hz in nowhere {
                let most = whole.iter().map(|tenth| measure(tenth, 8_000, *hz)).fold(f32::MIN, f32::max);
                assert!(most < -35.0, "{hz} is on the tape: {most} dB");
            }
        }
        Ok(())
    }

    async fn supervise(&self, mode: &str) -> Result<(u16, Value)> {
        self.order_as(&self.two.1, "supervise", json!({ "mode": mode })).await
    }
}

/// The supervisor's tone in each mode: on the tape one can tell them apart.
const LISTENING: f32 = SECOND;
const WHISPERING: f32 = 910.0;
const BARGING: f32 = 1_040.0;
const TAKEN_OVER: f32 = 1_180.0;

/// Listen, whisper, barge, take over, in one call: who hears whom, whose sound passes as it comes, and what is on the tape
/// afterwards: nothing that was not said to the contact.
///
/// Rows: S7.17, V10, S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_listens_whispers_barges_and_takes_over() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    assert_eq!(talk.supervise("listen").await?.0, 403, "an agent does not");
    with_role(&talk.centre, "agent2", "leader").await?;
    let (status, reply) = talk.supervise("listen").await?;
    assert_eq!(status, 202, "{reply}");
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    // Silent to both, hearing both.
    for hz in [CONTACT, FIRST] {
        talk.two.0.sound.clear();
        assert!(talk.two.0.sound.hears_tone(hz, SOON).await.is_some(), "the supervisor does not hear {hz}");
    }
    does_not_hear(&mut talk.contact, LISTENING).await;
    does_not_hear(&mut talk.one.0, LISTENING).await;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.mixed_legs(1, "only the supervisor's sound is mixed, the two pass each other's as it comes").await?;
    // To the agent only.
    talk.two.0.sound.hum(WHISPERING);
    assert_eq!(talk.supervise("whisper").await?.0, 202);
    talk.one.0.sound.clear();
    assert!(talk.one.0.sound.hears_tone(WHISPERING, SOON).await.is_some(), "the agent does not hear the whisper");
    does_not_hear(&mut talk.contact, WHISPERING).await;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.mixed_legs(2, "the contact hears the agent's sound as it comes").await?;
    // To both. What is whispered before the order is carried out is no part of it.
    talk.two.0.sound.hum(0.0);
    does_not_hear(&mut talk.one.0, WHISPERING).await;
    assert_eq!(talk.supervise("barge").await?.0, 202);
    talk.mixed_legs(3, "all three are mixed for").await?;
    talk.two.0.sound.hum(BARGING);
    let Talk { contact, one, two, .. } = &mut talk;
    hear_each_other(&mut [(contact, CONTACT), (&mut one.0, FIRST), (&mut two.0, BARGING)]).await;
    // In the agent's place.
    assert_eq!(talk.order_as(&talk.two.1, "take_over", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    talk.two.0.sound.hum(TAKEN_OVER);
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, TAKEN_OVER)]).await;
    talk.mixed_legs(0, "two of one codec").await?;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    let admin = talk.centre.login("admin").await?;
    let (_, entries) = talk.centre.api(&admin, "GET", "audit?limit=50", None).await?;
    let noted = |action: &str| entries.as_array().into_iter().flatten().filter(|e| e["action"] == action).count();
    assert_eq!((noted("call.supervise"), noted("call.take_over")), (3, 1), "{entries:#}");
    talk.is_on_tape(&[CONTACT], &[FIRST, BARGING, TAKEN_OVER], &[LISTENING, WHISPERING]).await?;
    talk.ends().await
}

/// Stopped, the supervisor is gone and the talk goes on; when the talk ends, so does the supervision.
///
/// Rows: S7.17
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_leaves_and_the_talk_goes_on() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    with_role(&talk.centre, "agent2", "leader").await?;
    assert_eq!(talk.supervise("listen").await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    let path = format!("calls/{}/supervise", talk.call);
    assert_eq!(talk.centre.api(&talk.two.1, "DELETE", &path, None).await?.0, 204);
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    assert_eq!(talk.supervise("whisper").await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}
