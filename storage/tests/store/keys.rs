//! Keys, the data folder, and what the raw files show.

use crate::postgres;
use crate::world::{START, World};
use ringdesk_model::Pii;
use ringdesk_storage::dispositions::{self, Disposition};
use ringdesk_storage::inboxes;
use ringdesk_storage::journal::CallChange;
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Store, StoreError, Tx};
use ringdesk_vault::{RootKey, VaultError};
use std::fs;
use std::path::{Path, PathBuf};

#[tokio::test]
async fn a_wrong_or_missing_root_key_is_said() {
    for world in [World::sqlite().await, World::postgres().await] {
        let World { dir, url, store, .. } = world;
        let right = store.root().id();
        store.db.close().await;
        drop(store);
        let path = dir.path().join("root.key");

        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        let error = Store::open(dir.path(), &url).await.unwrap_err();
        assert!(matches!(error, StoreError::RootKeyMissing { .. }), "{error}");
        assert!(!path.exists(), "no new key is made over old data");

        let (wrong, _) = RootKey::open_or_create(&path).unwrap();
        let error = Store::open(dir.path(), &url).await.unwrap_err();
        assert!(matches!(error, StoreError::Vault(VaultError::WrongRootKey { .. })), "{error}");
        assert!(error.to_string().contains(&right) && error.to_string().contains(&wrong.id()), "{error}");

        fs::rename(dir.path().join("elsewhere"), &path).unwrap();
        let (again, recovery) = Store::open(dir.path(), &url).await.unwrap();
        assert_eq!(again.root().id(), right);
        assert!(recovery.is_none());
    }
}

/// A second process, not only a second handle: this test starts itself again with the folder of the first.
#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused() {
    const FOLDER: &str = "RINGDESK_TEST_SECOND_PROCESS";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let error = Store::open(Path::new(&folder), "").await.unwrap_err();
        eprintln!("REFUSED {error}");
        return;
    }
    let world = World::sqlite().await;
    let me = "keys::a_second_process_on_the_same_folder_is_refused";
    let second = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", me, "--nocapture"])
        .env(FOLDER, world.dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    let refusal = said.lines().find(|l| l.contains("REFUSED")).unwrap_or_else(|| panic!("not refused: {said}"));
    assert!(refusal.contains(&world.dir.path().display().to_string()), "{refusal}");
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");

    let folder = world.dir.path().to_owned();
    world.store.db.close().await;
    drop(world.store);
    Store::open(&folder, "").await.expect("free again");
}

/// Beside the process that has the folder: what it commits is seen, and nothing is written, nor made where there is nothing.
///
/// Rows: S16.28
#[tokio::test]
async fn who_looks_changes_nothing() {
    let world = World::sqlite().await;
    let beside = Store::look(world.dir.path(), "").await.unwrap();
    let mut tx = world.write().await;
    inboxes::create_flow(&mut tx, world.account, world.id(START), "main").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = beside.db.read().await.unwrap();
    assert!(inboxes::flow_by_name(&mut tx, world.account, "main").await.unwrap().is_some());
    assert!(beside.key(&mut tx, world.account).await.is_ok(), "sealed columns open");
    drop(tx);
    assert!(beside.db.write().await.is_err());
    let nothing = tempfile::tempdir().unwrap();
    assert!(Store::look(nothing.path(), "").await.is_err());
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0);
}

/// Numbers, names, digits, words and secrets in the store; none of them in its files. Rows: S12.2(base)
#[tokio::test]
async fn the_raw_store_contains_no_marker() {
    const MARKERS: &[&str] = &[
        "4930998877",
        "Marker Name",
        "marker-digits-4711",
        "marker text",
        "客户标记",
        "marker note",
        "marker-ha1",
        "marker sheet",
    ];
    for world in [World::sqlite().await, World::postgres().await] {
        let mut set = world.set();
        let waiting = world.call_in(&mut set, START, "+4930998877");
        world.say(&mut set, waiting.conversation, START, "marker text 客户标记");
        let part = world.joined(&mut set, &waiting, world.agents[0], START);
        let sheet = Some("marker sheet +4930998877".to_owned());
        set.change_call(waiting.call, CallChange { sheet, ..CallChange::default() }).unwrap();
        world.commit(&set).await;

        let mut tx = world.write().await;
        let note = Some(Pii::new("marker note".to_owned()));
        let disposition = Disposition { code: "sold".into(), note, at: START, by: None };
        dispositions::set(&mut tx, &world.key, part, &disposition).await.unwrap();
        let user = User {
            id: world.id(START),
            account: world.account,
            login: "agent1".into(),
            name: "Agent".into(),
            roles: vec!["agent".into()],
            agent: Some(world.agents[0]),
            extension: None,
            disabled: false,
            version: 1,
        };
        users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
        users::set_phone(&mut tx, &world.key, user.id, "2001", "marker-ha1", "marker-ha1").await.unwrap();
        tx.commit().await.unwrap();

        // It is there, for who has the key.
        let mut tx = world.read().await;
        let phones = users::extensions(&mut tx, &world.key).await.unwrap();
        assert_eq!((phones[0].number.as_str(), phones[0].ha1_md5.as_str()), ("2001", "marker-ha1"));
        let back = dispositions::load(&mut tx, &world.key, part).await.unwrap().unwrap();
        assert_eq!(back.disposition, Some(disposition));
        drop(tx);

        // A control value without a seal must be found, or the search proves nothing.
        let control = ["agent1", "support"];
        let Some(folder) = files_of(&world).await else { continue };
        let markers: Vec<Vec<u8>> = MARKERS.iter().map(|m| m.as_bytes().to_vec()).collect();
        let found = files_with(&folder, &markers);
        let controls: usize = control.iter().map(|c| files_with(&folder, &[c.as_bytes().to_vec()]).len()).sum();
        assert_eq!(found, Vec::<String>::new());
        assert!(controls >= 2, "the plain columns were not found: this test reads the wrong files");
    }
}

/// The folder in which everything that was committed lies in files now. `None`: a server elsewhere, its files are out of
/// reach.
pub async fn files_of(world: &World) -> Option<PathBuf> {
    if world.url.is_empty() {
        return Some(world.dir.path().to_owned());
    }
    let mut tx = world.write().await;
    let Tx::Postgres(t) = &mut tx else { unreachable!() };
    // Write-ahead log and tables both go to the files.
    sqlx::raw_sql("COMMIT; CHECKPOINT; BEGIN").execute(&mut **t).await.unwrap();
    tx.commit().await.unwrap();
    postgres::files()
}

/// The files that contain one of these.
pub fn files_with(folder: &Path, markers: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            // A running server's temporary files come and go.
            open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path()));
            continue;
        }
        let Ok(bytes) = fs::read(&path) else { continue };
        for marker in markers.iter().filter(|m| memchr::memmem::find(&bytes, m).is_some()) {
            found.push(format!("{} in {}", String::from_utf8_lossy(marker), path.display()));
        }
    }
    found
}
