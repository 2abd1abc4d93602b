//! What no telephone should do, and some do.

use super::{Dialog, Phone, fresh, uri_of};
use crate::{Ladder, Message};
use anyhow::{Context as _, Result};
use std::net::SocketAddr;
use std::time::Duration;

impl Phone {
    /// Believe in an address that nobody else can reach: what stands in Via, Contact and the session description of a
    /// telephone behind NAT.
    pub fn believe(&mut self, private: SocketAddr) {
        self.believes = Some(private);
    }

    /// Wait for the 200 and never acknowledge it.
    pub async fn answered_but_silent(&mut self, within: Duration) -> Result<Message> {
        let reply = self.response("INVITE", |s| s == 200, within).await?;
        let dialog = self.dialog.as_mut().context("no call")?;
        dialog.remote = reply.get("To").context("To")?.to_owned();
        Ok(reply)
    }

    /// Send the 200 and wait for nothing.
    pub async fn pick_up_blindly(&mut self) -> Result<()> {
        let sdp = self.sdp("sendrecv");
        let to = self.dialog.as_ref().and_then(|d| d.invite.sound_address()).context("an offer with an address")?;
        self.answer_invite("200 OK", &sdp).await?;
        self.sound.send_to(to);
        Ok(())
    }

    /// Speak before picking up.
    pub fn speak_early(&self) -> Result<()> {
        let to = self.dialog.as_ref().and_then(|d| d.invite.sound_address()).context("an offer with an address")?;
        self.sound.send_to(to);
        Ok(())
    }

    /// Where Ringdesk takes this telephone's sound.
    pub fn sends_sound_to(&self) -> Result<SocketAddr> {
        self.sound.sends_to().context("no call")
    }

    /// One REGISTER with these header lines; gives its final answer.
    pub async fn register_once(&mut self, more: Vec<(&str, String)>) -> Result<Message> {
        let aor = format!("<sip:{}@{}>", self.user, self.server);
        let mut headers = vec![
            ("From", format!("{aor};tag={}", fresh())),
            ("To", aor),
            ("Call-ID", fresh()),
            ("CSeq", "1 REGISTER".into()),
            ("Contact", format!("{};expires=300", self.contact())),
        ];
        headers.extend(more);
        self.send(&format!("REGISTER sip:{} SIP/2.0", self.server), &fresh(), headers, "").await?;
        self.response("REGISTER", |s| s >= 200, Duration::from_secs(5)).await
    }

    /// Dial with more header lines than a telephone usually has.
    pub async fn invite_saying(&mut self, number: &str, more: Vec<(&str, String)>) -> Result<()> {
        let target = format!("sip:{number}@{}", self.server);
        let dialog = Dialog {
            call_id: fresh(),
            local: format!("<sip:{}@{}>;tag={}", self.user, self.address(), fresh()),
            remote: format!("<{target}>"),
            target: uri_of(&target),
            cseq: 1,
            invite: Message { start: String::new(), headers: vec![], body: String::new() },
            branch: fresh(),
        };
        let mut headers = self.dialog_headers(&dialog, "INVITE");
        headers.push(("Contact", self.contact()));
        headers.extend(more);
        let (branch, sdp) = (dialog.branch.clone(), self.sdp("sendrecv"));
        self.dialog = Some(dialog);
        self.send(&format!("INVITE {target} SIP/2.0"), &branch, headers, &sdp).await
    }
}

/// Register an extension for a telephone that will be at this address: whoever is there afterwards is rung.
pub async fn register_for(extension: &str, password: &str, server: SocketAddr, at: SocketAddr) -> Result<()> {
    Phone::at(at, extension, extension, server, 0.0, &Ladder::default()).await?.register(password, 300).await
}
