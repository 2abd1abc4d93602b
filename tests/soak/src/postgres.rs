//! A PostgreSQL of our own that may die.

use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) struct Postgres {
    /// Socket folder and data.
    dir: PathBuf,
    programs: PathBuf,
    root: bool,
}

impl Postgres {
    /// A fresh one, running. What it says is stored is in its log: when its processes die nothing of that is lost.
    pub(crate) fn start() -> Result<Postgres> {
        let root = said(Command::new("id").arg("-u"))? == "0";
        let dir = PathBuf::from(format!("/tmp/ringdesk-soak-pg-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        if root {
            // initdb refuses root, so root works as the system user of the package.
            let number =
                |flag| said(Command::new("id").args([flag, "postgres"]))?.parse::<u32>().context("postgres' id");
            std::os::unix::fs::chown(&dir, Some(number("-u")?), Some(number("-g")?))?;
        }
        let postgres = Postgres { dir, programs: programs()?, root };
        let data = postgres.data();
        postgres
            .run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])?;
        postgres.up()?;
        Ok(postgres)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.dir.display())
    }

    pub(crate) fn up(&self) -> Result<()> {
        let options = format!("-k {} -c listen_addresses='' -c fsync=off -c max_connections=100", self.dir.display());
        let log = self.dir.join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-o", &options, "start"])
    }

    /// At once, as after a crash.
    pub(crate) fn die(&self) -> Result<()> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"])
    }

    fn data(&self) -> String {
        self.dir.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let path = self.programs.join(program);
        let mut command = match self.root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(&path);
                command
            }
            false => Command::new(&path),
        };
        // pg_ctl's server keeps what it inherits; a pipe of ours would stay open for ever.
        let errors = self.dir.join("stderr");
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null()).stdout(Stdio::null());
        let status = command.stderr(fs::File::create(&errors)?).status()?;
        ensure!(status.success(), "{program}: {}", fs::read_to_string(&errors).unwrap_or_default());
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.die(); // it may be down already
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn said(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8(command.output()?.stdout)?.trim().to_owned())
}

fn programs() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|v| v.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).collect();
    found.retain(|dir: &PathBuf| Path::new(dir).join("initdb").exists());
    found.into_iter().next().context("no PostgreSQL server found: apt-get install postgresql")
}
