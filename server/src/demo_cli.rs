//! `ringdesk demo`: the pack from the command line, where no server runs on these data.

use crate::cli::{account, say};
use crate::config::Config;
use crate::demo_pack::{self, Pack};
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use ringdesk_model::{Actor, Clock as _, WallClock};
use ringdesk_recordings::Folder;
use ringdesk_tts::Speaker;
use std::sync::Arc;

#[derive(Subcommand)]
pub(crate) enum Demo {
    /// Make the demo's conversations, recordings and promises.
    Load,
    /// Take all of them away, with what busy hours left. Real conversations stay.
    Remove,
}

pub(crate) async fn run(config: &Config, command: Demo) -> Result<()> {
    let (operations, account) = account(config).await?;
    if operations.demo().await?.is_none_or(|demo| demo.account != account) {
        bail!("this account is no demo");
    }
    let (clock, folder) = (WallClock::start(), Folder(config.recordings()));
    match command {
        Demo::Load => {
            if operations.demo_pack(account).await? > 0 {
                bail!("there is a pack; `ringdesk demo remove` takes it away");
            }
            operations.note_demo_load(clock.now(), &Actor::System, account).await?;
            let began = clock.now();
            let key = operations.account_key(account).await?;
            let speaker = Speaker::new(config.data.join("speech-cache"), config.speech.rate);
            let home = config.home();
            let pack = Pack { operations: Arc::new(operations), account, key, clock, speaker, folder, home };
            let count = demo_pack::make(&pack).await?;
            say(&format!("{count} conversations in {:.1} s", clock.now().since(began).as_secs_f32()))
        }
        Demo::Remove => {
            let held = operations.demo_pack_held(account).await?;
            for file in operations.remove_demo_pack(clock.now(), &Actor::System, account).await? {
                let id = file.id;
                folder.remove(id, file.started_at).with_context(|| format!("the file of the recording {id}"))?;
            }
            say(&format!("{} conversations and {} recordings are gone", held.conversations, held.recordings))
        }
    }
}
