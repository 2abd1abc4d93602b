//! Places in queues that callers kept, as reports see them.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CallId, ConversationId, QueueId, Timestamp};
use ringdesk_reports::PlaceKept;
use uuid::Uuid;

/// Those of callers who came in the period, in their order.
pub async fn of_period(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<PlaceKept>, StoreError> {
    type Row = (Uuid, Uuid, i64, i64, Option<Uuid>, Option<i64>, Option<String>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT b.conversation_id, b.queue_id, b.place_since, b.promised_at, b.call_id,
                (SELECT MIN(p.started_at) FROM call k JOIN participation p ON p.conversation_id = k.conversation_id AND p.call_id = k.id
                 WHERE k.id = b.call_id AND b.state = 'closed'), b.closed_as
         FROM callback b
         WHERE b.account_id = $1 AND b.place_since >= $2 AND b.place_since < $3 AND b.conversation_id IS NOT NULL
         ORDER BY b.place_since, b.id LIMIT $4",
        account.0,
        from.0,
        to.0,
        limit
    )?;
    let row = |(conversation, queue, since, kept, call, talked, closed_as): Row| PlaceKept {
        conversation: ConversationId(conversation),
        queue: QueueId(queue),
        at: Timestamp(since),
        kept_at: Timestamp(kept),
        call: call.map(CallId),
        talked_at: talked.map(Timestamp),
        closed_as,
    };
    Ok(found.into_iter().map(row).collect())
}
