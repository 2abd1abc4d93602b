//! `ringdesk models`: weights for the engine `whisper`. What it prints is for people.

use crate::cli::say;
use crate::config::Config;
use anyhow::{Result, bail};
use clap::Subcommand;
use ringdesk_asr::models::{Entry, ModelFault, Shelf, Source, Step, pull};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum Models {
    /// What is known by name, and what lies here.
    List,
    /// Get one from the mirrors (asr.models.mirrors), or go on with what broke off.
    Pull {
        name: String,
        /// From this file, folder or address and from no mirror.
        #[arg(long)]
        from: Option<String>,
    },
    /// Look whether what lies here is whole, and what it should be.
    Verify { name: Option<String> },
    /// Copy a file in.
    Add { file: PathBuf },
}

pub(crate) async fn run(config: &Config, command: Models) -> Result<()> {
    let shelf = config.shelf()?;
    match command {
        Models::List => list(&shelf),
        Models::Pull { name, from } => {
            let entry = shelf.catalogue().find(&name)?.clone();
            let mirrors = from.map_or_else(|| config.asr.models.mirrors.clone(), |from| vec![from]);
            bring(&shelf, &entry, &mirrors).await
        }
        Models::Verify { name } => verify(&shelf, name.as_deref()),
        Models::Add { file } => {
            let added = shelf.add(&file)?;
            say(&format!("taken    {}\nsha256   {}", added.file.display(), added.sha256))?;
            match added.known {
                true => Ok(()),
                false => {
                    say("It stands in no catalogue: compare the sum with that of whoever published it, then write it\n\
                              beside the engine that uses the file (sha256 = \"…\").")
                }
            }
        }
    }
}

fn list(shelf: &Shelf) -> Result<()> {
    say(&format!("in {}", shelf.folder().display()))?;
    for entry in shelf.catalogue().entries() {
        let state = match shelf.path(entry).metadata() {
            Ok(data) => format!("here, {} bytes", data.len()),
            Err(_) => entry.bytes.map_or("not here".to_owned(), |bytes| format!("not here, {bytes} bytes")),
        };
        say(&format!("{:<16} {:<28} {state}", entry.name, entry.file))?;
    }
    for file in shelf.strangers() {
        say(&format!("{:<16} {:<28} here", "-", file.file_name().unwrap_or_default().to_string_lossy()))?;
    }
    Ok(())
}

async fn bring(shelf: &Shelf, entry: &Entry, mirrors: &[String]) -> Result<()> {
    let sources: Vec<Source> = mirrors.iter().map(|m| Source::new(m)).collect();
    let mut tell = |step: Step<'_>| {
        // Who closed our output still wants the file.
        let _ = match step {
            Step::Trying(mirror, 0) => say(&format!("from     {mirror}")),
            Step::Trying(mirror, byte) => say(&format!("from     {mirror}, going on at byte {byte}")),
            Step::Failed(mirror, why) => say(&format!("failed   {mirror}: {why}")),
        };
    };
    let pulled = pull::pull(shelf, entry, &sources, &mut tell).await?;
    let file = pulled.file.display();
    say(&if pulled.already { format!("already  {file}") } else { format!("here     {file}") })
}

fn verify(shelf: &Shelf, name: Option<&str>) -> Result<()> {
    let named = name.map(|name| shelf.catalogue().find(name)).transpose()?;
    let mut bad = 0;
    let here = |entry: &&Entry| named.is_some() || shelf.path(entry).exists();
    let wanted = shelf.catalogue().entries().iter().filter(|entry| named.is_none_or(|n| n == *entry));
    for entry in wanted.filter(here) {
        match shelf.verify(entry) {
            Ok(sum) => say(&format!("ok       {} sha256 {sum}", entry.file))?,
            Err(fault) => {
                bad += 1;
                say(&format!("bad      {}: {fault}", entry.file))?;
            }
        }
    }
    for file in shelf.strangers().iter().filter(|_| named.is_none()) {
        // Nobody said what it should be; whether it is whole can be seen.
        let looked = ringdesk_asr::models::weights::inspect(file);
        match looked.and_then(|_| ringdesk_asr::models::sum(file)) {
            Ok(sum) => say(&format!("whole    {} sha256 {sum}", file.display()))?,
            Err(fault) => {
                bad += 1;
                say(&format!("bad      {fault}"))?;
            }
        }
    }
    if bad > 0 {
        bail!("{bad} model(s) are not what they should be");
    }
    Ok(())
}

impl Config {
    /// Where models lie, and which are known.
    pub(crate) fn shelf(&self) -> Result<Shelf, ModelFault> {
        let models = &self.asr.models;
        let folder = models.folder.clone().unwrap_or_else(|| self.data.join("models"));
        Ok(Shelf::new(folder, ringdesk_asr::models::Catalogue::new(&models.known)?))
    }
}
