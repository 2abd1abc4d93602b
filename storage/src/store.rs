//! The store of one installation: folder, database, keys.

use crate::{DataFolder, Db, StoreError, Tx, accounts, migrate};
use ringdesk_model::AccountId;
use ringdesk_vault::{AccountKey, RecoveryKey, RootKey};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Opened once, at the start. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Store {
    pub db: Db,
    root: RootKey,
    keys: Mutex<BTreeMap<AccountId, Arc<AccountKey>>>,
    folder: DataFolder,
}

impl Store {
    /// Take the data folder, open the database (`url` empty: SQLite in the folder), bring its schema up, open the root
    /// key and try it on every account. At the very first start comes the recovery key, to be printed once.
    pub async fn open(data: &Path, url: &str) -> Result<(Store, Option<RecoveryKey>), StoreError> {
        let folder = DataFolder::take(data)?;
        let (db, name) = if url.is_empty() {
            let file = data.join("ringdesk.db");
            (Db::open_sqlite(&file).await?, file.display().to_string())
        } else {
            // The name stands in an error message; the password must not.
            (Db::open_postgres(url).await?, url.rsplit('@').next().unwrap_or_default().to_owned())
        };
        migrate::migrate(&db).await?;

        let mut tx = db.read().await?;
        let accounts = accounts::wrapped_keys(&mut tx).await?;
        drop(tx);
        let path = data.join("root.key");
        let (root, recovery) = match accounts.is_empty() {
            true => RootKey::open_or_create(&path)?,
            // A new key would not open what is there.
            false if !path.exists() => return Err(StoreError::RootKeyMissing { store: name, key: path }),
            false => (RootKey::open(&path)?, None),
        };
        let mut keys = BTreeMap::new();
        for (account, wrapped) in accounts {
            keys.insert(account, Arc::new(AccountKey::unwrap(&root, account, &wrapped)?));
        }
        Ok((Store { db, root, keys: Mutex::new(keys), folder }, recovery))
    }

    /// Beside a server that runs, or while none does: to look and to change nothing. The schema is as the last server left it.
    pub async fn look(data: &Path, url: &str) -> Result<Store, StoreError> {
        let db = match url.is_empty() {
            true => Db::look_at_sqlite(&data.join("ringdesk.db")).await?,
            false => Db::open_postgres(url).await?,
        };
        let root = RootKey::open(&data.join("root.key"))?;
        Ok(Store { db, root, keys: Mutex::default(), folder: DataFolder::beside(data) })
    }

    pub fn root(&self) -> &RootKey {
        &self.root
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The key of an account, in this transaction's view.
    pub async fn key(&self, tx: &mut Tx, account: AccountId) -> Result<Arc<AccountKey>, StoreError> {
        if let Some(key) = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&account) {
            return Ok(key.clone());
        }
        let wrapped = accounts::wrapped_key(tx, account).await?.ok_or(StoreError::UnknownAccount(account))?;
        let key = Arc::new(AccountKey::unwrap(&self.root, account, &wrapped)?);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(account, key.clone());
        Ok(key)
    }
}
