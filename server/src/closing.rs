//! The code that closes the centre, or one number, from a telephone: the call's question, and the answer of the rows.

use crate::desk::Desks;
use ringdesk_model::Clock as _;
use ringdesk_operations::closure_pin::ByTelephone;
use ringdesk_voice::{Answer, Closing, ClosingWish};

/// The next caller already meets what was switched.
pub(crate) async fn by_telephone(desks: &Desks, wish: ClosingWish) -> Answer {
    let (operations, account) = desks.dialling.house();
    let typed = (&wish.code, &wish.caller);
    let what = (wish.number.as_deref(), wish.close);
    match operations.close_by_telephone(desks.clock.now(), account, typed, what).await {
        Ok(ByTelephone::Is { closed }) => {
            if wish.close.is_some() {
                tracing::warn!(closed, one = wish.number.is_some(), "the centre was switched by telephone");
                desks.rows_changed().await;
            }
            Answer::Closing(if closed { Closing::Closed } else { Closing::Open })
        }
        Ok(ByTelephone::NoNumber) => Answer::Closing(Closing::NoNumber),
        Ok(ByTelephone::Wrong) => Answer::Closing(Closing::Wrong),
        Ok(ByTelephone::TryLater(_)) => Answer::Closing(Closing::Later),
        Err(fault) => {
            tracing::error!(%fault, "a code for closing could not be checked");
            Answer::Failed
        }
    }
}
