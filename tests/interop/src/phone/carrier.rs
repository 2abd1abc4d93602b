//! What an operator's exchange does and a telephone does not: several early dialogs, reliable provisional answers, two answers.

use super::{Dialog, Message, Phone, fresh, uri_of};
use anyhow::{Context as _, Result};
use std::net::SocketAddr;
use std::time::Duration;

impl Phone {
    /// Wait for a call, and say nothing yet.
    pub async fn called(&mut self, within: Duration) -> Result<Message> {
        let invite = self.request("INVITE", within).await?;
        self.dialog = Some(Dialog {
            call_id: invite.get("Call-ID").context("Call-ID")?.to_owned(),
            local: format!("{};tag={}", invite.get("To").context("To")?, fresh()),
            remote: invite.get("From").context("From")?.to_owned(),
            target: uri_of(invite.get("Contact").context("Contact")?),
            cseq: 1,
            invite: invite.clone(),
            branch: String::new(),
        });
        Ok(invite)
    }

    /// From now on under this tag of ours: as another fork of the same INVITE.
    pub fn fork(&mut self, tag: &str) -> Result<()> {
        let dialog = self.dialog.as_mut().context("no call")?;
        dialog.local = format!("{};tag={tag}", dialog.invite.get("To").context("To")?);
        Ok(())
    }

    /// An answer to the INVITE, with these header lines.
    pub async fn say(&mut self, status: &str, more: &[(&str, &str)], body: &str) -> Result<()> {
        let dialog = self.dialog.as_ref().context("no call")?;
        let mut invite = dialog.invite.clone();
        invite.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("To"));
        invite.headers.push(("To".into(), dialog.local.clone()));
        self.respond_saying(&invite, status, more, body).await
    }

    /// An answer with more header lines than the usual.
    pub async fn respond_saying(
        &mut self,
        request: &Message,
        status: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Result<()> {
        let mut text = format!("SIP/2.0 {status}\r\n");
        let copied = ["via", "from", "to", "call-id", "cseq", "record-route"];
        for (name, value) in request.headers.iter().filter(|(n, _)| copied.contains(&n.to_ascii_lowercase().as_str())) {
            text += &format!("{name}: {value}\r\n");
        }
        for (name, value) in more {
            text += &format!("{name}: {value}\r\n");
        }
        if !more.iter().any(|(name, _)| *name == "Contact") {
            text += &format!("Contact: {}\r\n", self.contact());
        }
        if !body.is_empty() {
            text += "Content-Type: application/sdp\r\n";
        }
        text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.ladder.arrow(&self.name, "Ringdesk", status);
        self.socket.send_to(text.as_bytes(), self.server).await?;
        Ok(())
    }

    /// Where the sound of the call that came is wanted.
    pub fn wanted_at(&self) -> Result<SocketAddr> {
        self.dialog.as_ref().and_then(|d| d.invite.sound_address()).context("an offer with an address")
    }

    /// UPDATE with this description (RFC 3311), before or after the answer; gives the final answer.
    pub async fn update(&mut self, sdp: &str, within: Duration) -> Result<Message> {
        let contact = self.contact();
        self.in_dialog("UPDATE", vec![("Contact", contact)], sdp).await?;
        self.response("UPDATE", |s| s >= 200, within).await
    }

    /// The description of another ear and mouth of this exchange, at its address.
    pub fn sdp_at(&self, port: u16) -> String {
        let old = format!("m=audio {} ", self.sound.port);
        self.sdp("sendrecv").replace(&old, &format!("m=audio {port} "))
    }
}
