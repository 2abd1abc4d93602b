//! The lamps of a telephone: what it has subscribed to.

use super::{Phone, fresh};
use anyhow::{Context as _, Result, ensure};
use std::time::Duration;

impl Phone {
    /// Ask to be told (RFC 6665), as the extension that this telephone is.
    pub async fn subscribe(&mut self, event: &str, to: &str, password: &str, within: Duration) -> Result<()> {
        let target = format!("sip:{to}@{}", self.server);
        let (call_id, tag) = (fresh(), fresh());
        let mut proof = None;
        for cseq in 1..=2 {
            let mut headers = vec![
                ("From", format!("<sip:{}@{}>;tag={tag}", self.user, self.server)),
                ("To", format!("<{target}>")),
                ("Call-ID", call_id.clone()),
                ("CSeq", format!("{cseq} SUBSCRIBE")),
                ("Contact", self.contact()),
                ("Event", event.to_owned()),
                ("Expires", "600".to_owned()),
            ];
            headers.extend(proof.take().map(|proof| ("Authorization", proof)));
            self.send(&format!("SUBSCRIBE {target} SIP/2.0"), &fresh(), headers, "").await?;
            let reply = self.response("SUBSCRIBE", |s| s >= 200, within).await?;
            if reply.status() == Some(200) {
                return Ok(());
            }
            ensure!(reply.status() == Some(401) && cseq == 1, "{}: SUBSCRIBE got {}", self.name, reply.start);
            let challenge = reply.all("WWW-Authenticate").find(|c| c.contains("MD5") || !c.contains("algorithm"));
            let challenge = challenge.context("no MD5 challenge")?.to_owned();
            proof = Some(self.digest(&challenge, password, "SUBSCRIBE", &target)?);
        }
        Ok(())
    }

    /// What a lamp shows next: the body of a NOTIFY that holds this.
    pub async fn shown(&mut self, what: &str, within: Duration) -> Result<String> {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            let notify = self.request("NOTIFY", left).await.with_context(|| format!("{what:?} was never shown"))?;
            self.respond(&notify, "200 OK", "").await?;
            if notify.body.contains(what) {
                return Ok(notify.body);
            }
        }
    }
}
