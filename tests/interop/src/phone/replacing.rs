//! A telephone that takes up somebody else's call (RFC 3891).

use super::{Phone, fresh};
use anyhow::{Context as _, Result, ensure};
use std::time::Duration;

impl Phone {
    /// Dial as an extension, in the place of this dialog.
    pub async fn invite_replacing(&mut self, number: &str, replaces: &str, password: &str) -> Result<()> {
        let sdp = self.sdp("sendrecv");
        self.invite_with(number, &sdp).await?;
        let reply = self.response("INVITE", |s| s >= 200, Duration::from_secs(15)).await?;
        ensure!(matches!(reply.status(), Some(401 | 407)), "{}: INVITE got {}", self.name, reply.start);
        let proxy = reply.status() == Some(407);
        let (shown, answers) = match proxy {
            true => ("Proxy-Authenticate", "Proxy-Authorization"),
            false => ("WWW-Authenticate", "Authorization"),
        };
        let mut dialog = self.dialog.take().context("no call")?;
        let mut headers = self.dialog_headers(&dialog, "ACK");
        headers.retain(|(n, _)| *n != "To");
        headers.push(("To", reply.get("To").context("To")?.to_owned()));
        let target = dialog.target.clone();
        self.send(&format!("ACK {target} SIP/2.0"), &dialog.branch, headers, "").await?;
        let challenge = reply.all(shown).find(|c| c.contains("MD5") || !c.contains("algorithm"));
        let proof = self.digest(challenge.context("no MD5 challenge")?, password, "INVITE", &target)?;
        (dialog.cseq, dialog.branch) = (dialog.cseq + 1, fresh());
        let mut headers = self.dialog_headers(&dialog, "INVITE");
        headers.extend([("Contact", self.contact()), (answers, proof), ("Replaces", replaces.to_owned())]);
        headers.push(("Supported", "replaces".to_owned()));
        let branch = dialog.branch.clone();
        self.dialog = Some(dialog);
        self.send(&format!("INVITE {target} SIP/2.0"), &branch, headers, &sdp).await
    }
}
