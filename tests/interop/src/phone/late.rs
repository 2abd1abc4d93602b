//! A caller who wants our offer, and answers it before the 200 (RFC 3262 §5).

use super::{Dialog, Message, Phone, fresh, uri_of};
use anyhow::{Context as _, Result, ensure};
use std::time::Duration;

impl Phone {
    /// Dial without a description, take the offer of the reliable 183, and answer it in the PRACK. Whoever is called has to hang
    /// up: the numbers of further requests of ours begin anew with the ACK.
    pub async fn invite_late(&mut self, number: &str, within: Duration) -> Result<()> {
        let target = format!("sip:{number}@{}", self.server);
        let dialog = Dialog {
            call_id: fresh(),
            local: format!("<sip:{}@{}>;tag={}", self.user, self.address(), fresh()),
            remote: format!("<{target}>"),
            target: target.clone(),
            cseq: 1,
            invite: Message { start: String::new(), headers: vec![], body: String::new() },
            branch: fresh(),
        };
        let mut headers = self.dialog_headers(&dialog, "INVITE");
        headers.extend([("Contact", self.contact()), ("Supported", "100rel".to_owned())]);
        let branch = dialog.branch.clone();
        self.dialog = Some(dialog);
        self.send(&format!("INVITE {target} SIP/2.0"), &branch, headers, "").await?;

        let offer = self.provisional(183, within).await?;
        ensure!(offer.get("Require").is_some_and(|all| all.contains("100rel")), "it may get lost: {}", offer.start);
        let rack = format!("{} 1 INVITE", offer.get("RSeq").context("RSeq")?);
        let dialog = self.dialog.as_mut().context("no call")?;
        let (first, remote, before) = (dialog.branch.clone(), dialog.remote.clone(), dialog.target.clone());
        dialog.remote = offer.get("To").context("To")?.to_owned();
        dialog.target = uri_of(offer.get("Contact").context("Contact")?);
        let sdp = self.sdp("sendrecv");
        self.sound.send_to(offer.sound_address().context("an offer with an address")?);
        self.in_dialog("PRACK", vec![("RAck", rack)], &sdp).await?;
        self.response("PRACK", |status| status == 200, within).await?;
        // The INVITE is still open: it is cancelled, or acknowledged, as it was sent.
        let dialog = self.dialog.as_mut().context("no call")?;
        (dialog.branch, dialog.remote, dialog.target, dialog.cseq) = (first, remote, before, 1);
        Ok(())
    }
}
