//! Where the numbers were at home by which conversations came, as the number plan said it at their beginning.

use crate::contacts::Identity;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ContactNumber, ConversationId, Country, Timestamp, number_place};
use serde::Deserialize;

/// As it was kept when the conversation began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeptPlace {
    /// ISO 3166-1, where the calling code is of one country.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub province: Option<String>,
    /// In Chinese, and in Latin letters.
    pub city: Option<(String, String)>,
    /// Of a mobile number: `mobile`, `unicom`, `telecom`, `broadnet`.
    pub carrier: Option<String>,
}

impl KeptPlace {
    /// Everything it may be called by.
    pub fn words(&self) -> Vec<String> {
        let (zh, latin) = self.city.clone().unzip();
        [self.country.clone(), self.province.clone(), zh, latin, self.carrier.clone()].into_iter().flatten().collect()
    }
}

/// What is kept of an identity. `None`: it is no public number, or the plan tells nothing.
pub(crate) fn of(identity: &Identity) -> Option<String> {
    if identity.kind != "number" {
        return None;
    }
    // It has its one form already: of which country it is read makes no difference.
    let number = ContactNumber::normalise(identity.value.reveal(), Country::of("CN")?)?;
    serde_json::to_string(&number_place(&number)?).ok()
}

/// With the moment when it was said.
pub async fn get(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Option<(KeptPlace, Timestamp)>, StoreError> {
    let found: Option<(Option<String>, i64)> = row!(
        tx,
        "SELECT place, opened_at FROM conversation WHERE id = $1 AND account_id = $2",
        conversation.0,
        account.0
    )?;
    let kept = found.and_then(|(place, at)| Some((serde_json::from_str(&place?).ok()?, Timestamp(at))));
    Ok(kept)
}
