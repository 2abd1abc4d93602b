//! Files of contacts: kept, found, merged and unmerged while calls come in, and who is kept out.

use crate::world::{START, World};
use ringdesk_contacts::{Block, BlockState, FieldKind, FieldRule, IdentityKind, Profile, Proof, Tier};
use ringdesk_language::search::name_tokens;
use ringdesk_model::{BlockId, ContactFieldId, ContactId, ConversationId, MergeId, Pii, Scope, TagId, UserId};
use ringdesk_storage::contact_blocks::{self, KeptBlock};
use ringdesk_storage::contact_files::{self, Wanted};
use ringdesk_storage::contact_merges::{self, Merge};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::tags::{self, Tag};
use ringdesk_storage::{calendars, contact_fields, conversations};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_file_is_kept_and_found_by_its_name
    readers_see_the_files_of_their_conversations
    merged_files_are_one_and_come_apart_as_they_were
    a_call_during_a_merge_is_with_the_kept_file
    who_is_kept_out_is_by_every_identity
    calendars_and_fields_are_kept
}

async fn call(world: &World, number: &str, n: u32) -> (ConversationId, ContactId) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START + SECOND * n, number);
    world.commit(&set).await;
    (waiting.conversation, contact_of(world, waiting.conversation).await)
}

async fn contact_of(world: &World, conversation: ConversationId) -> ContactId {
    let mut tx = world.read().await;
    let found = conversations::get(&mut tx, &world.key, &world.everyone(), conversation).await.unwrap().unwrap();
    found.contact.unwrap()
}

fn named(name: &str) -> Profile {
    Profile { name: Some(Pii::new(name.into())), ..Profile::default() }
}

fn email(value: &str) -> Identity {
    Identity { kind: IdentityKind::Email.as_str(), value: Pii::new(value.into()) }
}

/// Rows: S9.2, S9.6, S12.2
async fn a_file_is_kept_and_found_by_its_name(world: World) {
    let (_, id) = call(&world, "+49301234567", 0).await;
    let field: ContactFieldId = world.id(START);
    let mut profile = named("张伟 MARKER");
    profile.tier = Tier::Vip;
    profile.language = Some("zh-CN".into());
    profile.fields.insert(field, Pii::new("MARKER-4711".into()));
    let mut tx = world.write().await;
    contact_files::put(&mut tx, &world.key, id, &named("somebody else")).await.unwrap();
    contact_files::put(&mut tx, &world.key, id, &profile).await.unwrap();
    let file = contact_files::get(&mut tx, &world.key, id).await.unwrap().unwrap();
    assert_eq!((file.profile, file.merged_into), (profile, None));
    let mut found = async |tokens: &str| {
        let words = Some(contact_files::words(&world.key, &name_tokens(tokens)));
        let wanted = Wanted { words, ..Wanted::default() };
        contact_files::list(&mut tx, &world.key, &world.everyone(), &wanted, 10).await.unwrap().len()
    };
    assert_eq!((found("张").await, found("zhang").await, found("somebody").await), (1, 1, 0));
    for (tier, count) in [(Tier::Vip, 1), (Tier::Standard, 0), (Tier::Preferred, 0)] {
        let wanted = Wanted { tier: Some(tier), ..Wanted::default() };
        let list = contact_files::list(&mut tx, &world.key, &world.everyone(), &wanted, 10).await.unwrap();
        assert_eq!(list.len(), count, "{tier:?}");
    }
    assert_eq!(contact_files::of_same_name(&mut tx, &world.key, "張偉 ｍarker", 5).await.unwrap(), [id]);
    contacts::link(&mut tx, &world.key, START, id, &email("mei@example.com"), Proof::Code).await.unwrap();
    contacts::claim(&mut tx, &world.key, START, id, &email("other@example.com")).await.unwrap();
    contacts::claim(&mut tx, &world.key, START, id, &email("other@example.com")).await.unwrap();
    let known = contacts::known_of(&mut tx, &world.key, &[id]).await.unwrap().remove(&id).unwrap();
    let said: Vec<_> = known.iter().map(|one| (one.value.reveal().as_str(), one.proof)).collect();
    let all =
        [("+49301234567", Some(Proof::Caller)), ("mei@example.com", Some(Proof::Code)), ("other@example.com", None)];
    assert_eq!(said, all);
    assert_eq!(contacts::by_identity(&mut tx, &world.key, &email("other@example.com")).await.unwrap(), None);
    let other: ContactId = world.id(START);
    contact_files::create(&mut tx, world.account, START, other, None).await.unwrap();
    contacts::claim(&mut tx, &world.key, START, other, &email("mei@example.com")).await.unwrap();
    for (one, alike) in [(id, other), (other, id)] {
        assert_eq!(contact_files::of_same_claim(&mut tx, world.account, one, 5).await.unwrap(), [alike]);
    }
    assert!(contacts::unlink(&mut tx, &world.key, id, &email("mei@example.com")).await.unwrap());
    assert!(!contacts::unlink(&mut tx, &world.key, other, &email("mei@example.com")).await.unwrap());
    let number = Identity { kind: "number", value: Pii::new("+49301234567".into()) };
    let taken = contacts::link(&mut tx, &world.key, START, other, &number, Proof::Staff).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
}

/// Rows: S12.6
async fn readers_see_the_files_of_their_conversations(world: World) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+49301111111");
    world.joined(&mut set, &waiting, world.agents[0], START);
    world.commit(&set).await;
    let (_, stranger) = call(&world, "+49302222222", 1).await;
    let mine = contact_of(&world, waiting.conversation).await;
    let user: UserId = world.id(START);
    let scope = |agent| Scope { account: world.account, user, agent: Some(agent), everyone: false, unmasked: false };
    let mut tx = world.write().await;
    let made: ContactId = world.id(START + SECOND * 2);
    contact_files::create(&mut tx, world.account, START, made, Some(user)).await.unwrap();
    let mut sees = async |agent| {
        let list = contact_files::list(&mut tx, &world.key, &scope(agent), &Wanted::default(), 10).await.unwrap();
        for file in &list {
            assert!(contact_files::is_seen(&mut tx, &scope(agent), file.id).await.unwrap());
        }
        assert!(!contact_files::is_seen(&mut tx, &scope(agent), stranger).await.unwrap());
        list.into_iter().map(|file| file.id).collect::<Vec<_>>()
    };
    assert_eq!(sees(world.agents[0]).await, [made, mine]);
    assert_eq!(sees(world.agents[1]).await, [made]);
}

/// Rows: S9.6
async fn merged_files_are_one_and_come_apart_as_they_were(world: World) {
    let (old, kept) = call(&world, "+49301111111", 0).await;
    let (live, gone) = call(&world, "+49302222222", 1).await;
    let tag = |name: &str| Tag::named(world.id::<TagId>(START), name);
    let (both, theirs) = (tag("both"), tag("theirs"));
    let mut tx = world.write().await;
    for one in [&both, &theirs] {
        tags::put(&mut tx, world.account, one).await.unwrap();
    }
    for (contact, tag) in [(kept, both.id), (gone, both.id), (gone, theirs.id)] {
        contact_files::add_tag(&mut tx, START, world.account, contact, tag, None).await.unwrap();
    }
    contacts::claim(&mut tx, &world.key, START, gone, &email("mei@example.com")).await.unwrap();
    contact_files::put(&mut tx, &world.key, gone, &named("Mei")).await.unwrap();
    let at = START + SECOND * 2;
    let mut moved = contact_merges::move_all(&mut tx, at, world.account, kept, gone, None).await.unwrap();
    assert_eq!((moved.identities.len(), moved.claims.len(), &moved.conversations[..]), (1, 1, &[live][..]));
    assert_eq!(moved.tags, [theirs.id]);
    let mut profile = Profile::default();
    moved.changes = ringdesk_contacts::merge(&mut profile, &named("Mei"));
    let merge =
        Merge { id: world.id::<MergeId>(at), kept, gone, at, by: None, undone_at: None, undone_by: None, moved };
    contact_merges::insert(&mut tx, &world.key, &merge).await.unwrap();
    assert_eq!(contact_merges::into(&mut tx, &world.key, kept).await.unwrap(), std::slice::from_ref(&merge));
    assert_eq!(contact_files::current(&mut tx, world.account, gone).await.unwrap(), Some(kept));
    let list = contact_files::list(&mut tx, &world.key, &world.everyone(), &Wanted::default(), 10).await.unwrap();
    assert_eq!(list.iter().map(|file| file.id).collect::<Vec<_>>(), [kept]);
    tx.commit().await.unwrap();
    // Both call again, each by their own number.
    let (again, by_kept) = call(&world, "+49301111111", 3).await;
    let (since, by_gone) = call(&world, "+49302222222", 4).await;
    assert_eq!((by_kept, by_gone), (kept, kept), "one person");

    let mut tx = world.write().await;
    contact_merges::move_back(&mut tx, world.account, &merge).await.unwrap();
    assert!(contact_merges::set_undone(&mut tx, START, world.account, merge.id, None).await.unwrap());
    assert!(!contact_merges::set_undone(&mut tx, START, world.account, merge.id, None).await.unwrap(), "once");
    let tags = contact_files::tags_of(&mut tx, world.account, &[kept, gone]).await.unwrap();
    assert_eq!((tags[&kept].len(), tags[&gone].len()), (1, 2));
    let known = contacts::known_of(&mut tx, &world.key, &[kept, gone]).await.unwrap();
    assert_eq!((known[&kept].len(), known[&gone].len()), (1, 2));
    assert_eq!(contact_files::current(&mut tx, world.account, gone).await.unwrap(), Some(gone));
    tx.commit().await.unwrap();
    for (conversation, contact) in [(old, kept), (again, kept), (live, gone), (since, gone)] {
        assert_eq!(contact_of(&world, conversation).await, contact, "what came since by their number is theirs");
    }
    let (_, next) = call(&world, "+49302222222", 5).await;
    assert_eq!(next, gone);
}

/// Rows: S9.6
async fn a_call_during_a_merge_is_with_the_kept_file(world: World) {
    let (_, kept) = call(&world, "+49301111111", 0).await;
    let (_, gone) = call(&world, "+49302222222", 1).await;
    for n in 0..8u32 {
        let mut tx = world.write().await;
        let merging = async {
            contact_files::hold(&mut tx, world.account, &[kept, gone]).await.unwrap();
            let at = START + SECOND * (n + 2);
            let moved = contact_merges::move_all(&mut tx, at, world.account, kept, gone, None).await.unwrap();
            tx.commit().await.unwrap();
            Merge { id: world.id(at), kept, gone, at, by: None, undone_at: None, undone_by: None, moved }
        };
        let calling = call(&world, "+49302222222", n + 2);
        let (merge, (conversation, _)) = tokio::join!(merging, calling);
        assert_eq!(contact_of(&world, conversation).await, kept, "no conversation stays with a file that is gone");
        let mut tx = world.write().await;
        contact_merges::move_back(&mut tx, world.account, &merge).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(contact_of(&world, conversation).await, gone);
    }
}

/// Rows: S9.17, S9.20
async fn who_is_kept_out_is_by_every_identity(world: World) {
    let (_, id) = call(&world, "+49301111111", 0).await;
    let mut tx = world.write().await;
    contacts::link(&mut tx, &world.key, START, id, &email("mei@example.com"), Proof::Code).await.unwrap();
    contacts::claim(&mut tx, &world.key, START, id, &email("other@example.com")).await.unwrap();
    let until = Some(START + SECOND * 60);
    let block = |state| KeptBlock {
        id: world.id::<BlockId>(START),
        contact: id,
        block: Block { state, until, proposed_by: None },
        reason: Pii::new("MARKER abuse".into()),
        at: START,
        decided_by: None,
        decided_at: None,
    };
    let first = block(BlockState::Proposed);
    contact_blocks::insert(&mut tx, &world.key, &first).await.unwrap();
    assert!(contact_blocks::kept_out(&mut tx, world.account).await.unwrap().is_empty(), "only proposed");
    let (from, to) = (BlockState::Proposed, BlockState::Active);
    assert!(contact_blocks::set_state(&mut tx, START, world.account, first.id, (from, to), None).await.unwrap());
    assert!(!contact_blocks::set_state(&mut tx, START, world.account, first.id, (from, to), None).await.unwrap());
    let mut kinds: Vec<_> = contact_blocks::kept_out(&mut tx, world.account).await.unwrap();
    kinds.sort();
    assert_eq!(
        kinds.iter().map(|(kind, ..)| kind.as_str()).collect::<Vec<_>>(),
        ["email", "number"],
        "not what is said"
    );
    assert!(kinds.iter().all(|(_, _, ends)| *ends == until));
    let wanted = |at| Wanted { blocked_at: Some(at), ..Wanted::default() };
    let mut listed =
        async |at| contact_files::list(&mut tx, &world.key, &world.everyone(), &wanted(at), 10).await.unwrap().len();
    assert_eq!((listed(START).await, listed(START + SECOND * 60).await), (1, 0));
    contact_blocks::end_expired(&mut tx, START + SECOND * 60, world.account, id).await.unwrap();
    let kept = contact_blocks::get(&mut tx, &world.key, first.id).await.unwrap().unwrap();
    assert_eq!((kept.block.state, kept.reason), (BlockState::Lifted, first.reason.clone()));
    contact_blocks::insert(&mut tx, &world.key, &block(BlockState::Active)).await.unwrap();
    assert_eq!(contact_blocks::list(&mut tx, &world.key, Some(id), true, 10).await.unwrap().len(), 1);
    assert_eq!(contact_blocks::list(&mut tx, &world.key, None, false, 10).await.unwrap().len(), 2);
    let twice = contact_blocks::insert(&mut tx, &world.key, &block(BlockState::Proposed)).await.unwrap_err();
    assert!(twice.is_conflict(), "{twice}");
}

async fn calendars_and_fields_are_kept(world: World) {
    let mut tx = world.write().await;
    let rule = |name: &str, kind, choices: &[&str]| FieldRule {
        name: name.into(),
        kind,
        choices: choices.iter().map(|c| (*c).to_owned()).collect(),
        sensitive: false,
        disabled: false,
    };
    let (order, level) = (world.id::<ContactFieldId>(START), world.id::<ContactFieldId>(START + SECOND));
    contact_fields::put(&mut tx, world.account, order, &rule("订单", FieldKind::Text, &[])).await.unwrap();
    contact_fields::put(&mut tx, world.account, level, &rule("Level", FieldKind::Choice, &["gold"])).await.unwrap();
    let changed = FieldRule { disabled: true, ..rule("级别", FieldKind::Choice, &["gold", "silver"]) };
    contact_fields::put(&mut tx, world.account, level, &changed).await.unwrap();
    let all = contact_fields::all(&mut tx, world.account).await.unwrap();
    assert_eq!(all, [(order, rule("订单", FieldKind::Text, &[])), (level, changed)]);
    let row = |version, name: &str| calendars::CalendarRow {
        id: world.id(START),
        name: name.into(),
        document: "{}".into(),
        version,
    };
    let first = row(1, "Office");
    calendars::insert(&mut tx, world.account, &first).await.unwrap();
    let next = calendars::CalendarRow { version: 2, name: "Shop".into(), ..first.clone() };
    assert!(calendars::change(&mut tx, world.account, &next).await.unwrap());
    assert!(!calendars::change(&mut tx, world.account, &next).await.unwrap(), "that version is gone");
    assert_eq!(calendars::all(&mut tx, world.account).await.unwrap(), std::slice::from_ref(&next));
    assert!(calendars::remove(&mut tx, world.account, next.id).await.unwrap());
    assert!(!calendars::remove(&mut tx, world.account, next.id).await.unwrap());
}
