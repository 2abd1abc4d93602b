//! Our account at the authority: a key, sealed with the key of the centre's data. Whoever has it can have certificates made for
//! the names that lead to us; without it a new account is made, and nothing is lost.

use super::client::Client;
use super::fault::AcmeFault;
use super::{AcmeConfig, ExternalAccount};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{Account, AccountCredentials, ExternalAccountKey, NewAccount};
use ringdesk_vault::{AccountKey, Place};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Keeper {
    pub(super) file: PathBuf,
    pub(super) key: Arc<AccountKey>,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    /// An account is of one authority.
    directory: String,
    credentials: AccountCredentials,
}

impl Keeper {
    /// The account that we have there, or a new one.
    pub(super) async fn open(&self, config: &AcmeConfig, client: &Client) -> Result<Account, AcmeFault> {
        if let Some(kept) = self.kept().filter(|kept| kept.directory == config.directory) {
            let builder = Account::builder_with_http(Box::new(client.clone()));
            return Ok(builder.from_credentials(kept.credentials).await?);
        }
        let contact: Vec<&str> = config.contact.iter().map(String::as_str).collect();
        let wanted = NewAccount {
            contact: &contact,
            terms_of_service_agreed: config.agree_to_terms,
            only_return_existing: false,
        };
        let external = config.external_account.as_ref().map(external).transpose()?;
        let builder = Account::builder_with_http(Box::new(client.clone()));
        let (account, credentials) =
            builder.create(&wanted, config.directory.clone(), external.as_ref()).await.map_err(AcmeFault::from)?;
        self.keep(&Kept { directory: config.directory.clone(), credentials })?;
        tracing::info!(directory = config.directory, "an account was made at the authority");
        Ok(account)
    }

    /// The authority does not know it any more.
    pub(super) fn forget(&self) {
        let _ = std::fs::remove_file(&self.file); // where there is none, none is forgotten
    }

    fn kept(&self) -> Option<Kept> {
        let sealed = std::fs::read(&self.file).ok()?;
        let opened = self.key.open(self.place(), &sealed).map_err(|fault| fault.to_string());
        match opened.and_then(|plain| serde_json::from_slice(&plain).map_err(|fault| fault.to_string())) {
            Ok(kept) => Some(kept),
            Err(fault) => {
                tracing::warn!(file = %self.file.display(), fault, "the account at the authority is lost; another one is made");
                None
            }
        }
    }

    fn keep(&self, kept: &Kept) -> Result<(), AcmeFault> {
        let here = |reason: String| AcmeFault::Here(format!("{}: {reason}", self.file.display()));
        let plain = serde_json::to_vec(kept).map_err(|fault| here(fault.to_string()))?;
        let sealed = self.key.seal(self.place(), &plain).map_err(|fault| here(fault.to_string()))?;
        super::super::write(&self.file, &sealed, 0o600).map_err(|fault| here(fault.to_string()))
    }

    fn place(&self) -> Place<'static> {
        Place::new("acme", "account", &[0; 16])
    }
}

/// A customer number, for authorities that want to know whose the account is (RFC 8555 §7.3.4).
fn external(wanted: &ExternalAccount) -> Result<ExternalAccountKey, AcmeFault> {
    let file: &Path = &wanted.key_file;
    let here = |reason: String| AcmeFault::Here(format!("{}: {reason}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|fault| here(fault.to_string()))?;
    let key = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
    let key = key.map_err(|_| here("not base64url".into()))?;
    Ok(ExternalAccountKey::new(wanted.id.clone(), &key))
}
