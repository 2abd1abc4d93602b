//! What a telephone with two lines does beside calling: transfers, and calls that are described anew.

use super::{Message, Phone};
use anyhow::{Context as _, Result};
use std::time::Duration;

impl Phone {
    /// This call as a Replaces of somebody else would name it (RFC 3891): their tag is the one to, ours the one from.
    pub fn replaces(&self) -> Result<String> {
        let dialog = self.dialog.as_ref().context("no call")?;
        let tag = |field: &str| field.split(";tag=").nth(1).map(str::to_owned).context("a tag");
        Ok(format!("{};to-tag={};from-tag={}", dialog.call_id, tag(&dialog.remote)?, tag(&dialog.local)?))
    }

    /// Ask that whom it talks to be sent there; gives the first final answer.
    pub async fn refer(&mut self, to: &str, within: Duration) -> Result<Message> {
        let more = vec![("Contact", self.contact()), ("Refer-To", to.to_owned())];
        self.in_dialog("REFER", more, "").await?;
        self.response("REFER", |s| s >= 200, within).await
    }

    /// The next NOTIFY about a transfer, taken: the status line in it.
    pub async fn told(&mut self, within: Duration) -> Result<String> {
        let notify = self.request("NOTIFY", within).await?;
        self.respond(&notify, "200 OK", "").await?;
        Ok(notify.body.trim().to_owned())
    }

    /// The other side offers something new for the call that runs: taken, and the sound goes where it says.
    pub async fn described_anew(&mut self, within: Duration) -> Result<()> {
        let invite = self.request("INVITE", within).await?;
        let to = invite.sound_address().context("an offer with an address")?;
        let sdp = self.sdp("sendrecv").replace("o=- 1 1 ", "o=- 1 2 ");
        self.respond(&invite, "200 OK", &sdp).await?;
        self.sound.send_to(to);
        self.request("ACK", within).await.map(drop)
    }
}
