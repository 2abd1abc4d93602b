//! The pack of a demo: how much there is of it, and taking it away. Its loading is the server's.

use crate::demo_helpers::remove_helpers;
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Timestamp};
use ringdesk_storage::demo_pack;
pub use ringdesk_storage::demo_pack::Held;
use ringdesk_storage::recordings::RecordingView;

impl Operations {
    /// How many conversations of it there are.
    pub async fn demo_pack(&self, account: AccountId) -> Result<i64, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(demo_pack::count(&mut tx, account).await?)
    }

    /// The same with what hangs on them.
    pub async fn demo_pack_held(&self, account: AccountId) -> Result<Held, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(demo_pack::held(&mut tx, account).await?)
    }

    /// Somebody has it made again.
    pub async fn note_demo_load(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        audited(&mut tx, &key, now, actor, "demo.load", &format!("account:{account}"), None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Take all of it away: what was never said need not be kept. Gives its recordings, whose files are still there.
    pub async fn remove_demo_pack(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Vec<RecordingView>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let count = demo_pack::count(&mut tx, account).await?;
        let files = demo_pack::remove(&mut tx, &key).await?;
        remove_helpers(&mut tx, account).await?;
        let said = format!("{count} conversations");
        audited(&mut tx, &key, now, actor, "demo.remove", &format!("account:{account}"), Some(&said), None).await?;
        tx.commit().await?;
        Ok(files)
    }
}
