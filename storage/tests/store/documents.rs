//! Documents of an account, on both databases.

use crate::world::World;
use ringdesk_storage::documents::{self, Document, Unversioned, Versioned};

on_both! {
    a_version_replaces_the_one_that_was_read
    without_versions_the_last_one_is_kept
}

/// Rows: S13.5, S13.16
async fn a_version_replaces_the_one_that_was_read(world: World) {
    let mut tx = world.write().await;
    for which in [Versioned::Rules, Versioned::HouseNotices] {
        assert_eq!(documents::get(&mut tx, world.account, which).await.unwrap(), None);
        let document = |version, text: &str| Document { version, text: text.to_owned() };
        for (version, text, taken) in [(1, "[1]", true), (1, "[2]", false), (3, "[3]", false), (2, "[4]", true)] {
            let put = documents::put(&mut tx, world.account, which, &document(version, text)).await.unwrap();
            assert_eq!(put, taken, "{which:?} {version} {text}");
        }
        assert_eq!(documents::get(&mut tx, world.account, which).await.unwrap(), Some(document(2, "[4]")));
    }
}

/// Rows: S9.18
async fn without_versions_the_last_one_is_kept(world: World) {
    let mut tx = world.write().await;
    for which in [Unversioned::BlockAnswer, Unversioned::CallerRate] {
        assert_eq!(documents::text(&mut tx, world.account, which).await.unwrap(), None);
        for kept in ["{}", "null"] {
            documents::put_text(&mut tx, world.account, which, kept).await.unwrap();
            assert_eq!(documents::text(&mut tx, world.account, which).await.unwrap().as_deref(), Some(kept));
        }
    }
}
