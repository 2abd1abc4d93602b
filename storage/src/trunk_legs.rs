//! What operators said of calls: who called whom in their words, and why they ended.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{CallId, Pii, Timestamp, TrunkId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// One leg of a call over a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkLeg {
    pub call: CallId,
    pub leg: Uuid,
    pub trunk: TrunkId,
    /// `in` or `out`.
    pub direction: String,
    pub at: Timestamp,
    /// JSON, as signaling read it.
    pub said: Pii<String>,
    /// The final response that refused it.
    pub status: Option<u16>,
    /// The network's cause of its end; `None` while it lives.
    pub q850: Option<u8>,
}

/// The leg as it is known now.
pub async fn put(tx: &mut Tx, key: &AccountKey, leg: &TrunkLeg) -> Result<(), StoreError> {
    let sealed = key.seal(Place::new("trunk_leg", "said", leg.leg.as_bytes()), leg.said.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO trunk_leg (account_id, call_id, leg_id, trunk_id, direction, at, said_sealed, status, q850)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (call_id, leg_id) DO UPDATE SET status = excluded.status, q850 = excluded.q850",
        key.account().0,
        leg.call.0,
        leg.leg,
        leg.trunk.0,
        leg.direction.as_str(),
        leg.at.0,
        sealed,
        leg.status.map(i64::from),
        leg.q850.map(i64::from)
    )?;
    Ok(())
}

/// The legs of a call over trunks, in their order.
pub async fn of_call(tx: &mut Tx, key: &AccountKey, call: CallId) -> Result<Vec<TrunkLeg>, StoreError> {
    type Row = (Uuid, Uuid, String, i64, Vec<u8>, Option<i64>, Option<i64>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT leg_id, trunk_id, direction, at, said_sealed, status, q850 FROM trunk_leg
         WHERE call_id = $1 AND account_id = $2 ORDER BY at, leg_id",
        call.0,
        key.account().0
    )?;
    let leg = |(leg, trunk, direction, at, sealed, status, q850): Row| {
        let said = Pii::new(open_text(key, Place::new("trunk_leg", "said", leg.as_bytes()), &sealed)?);
        let (status, q850) = (status.and_then(|s| u16::try_from(s).ok()), q850.and_then(|q| u8::try_from(q).ok()));
        Ok(TrunkLeg { call, leg, trunk: TrunkId(trunk), direction, at: Timestamp(at), said, status, q850 })
    };
    found.into_iter().map(leg).collect()
}
