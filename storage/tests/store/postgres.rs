//! A PostgreSQL of our own for one run of the suite, or the one that `RINGDESK_TEST_POSTGRES` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const MISSING: &str = "no PostgreSQL server found. The store suite runs on a real one: install the Debian package \
    `postgresql` (apt-get install postgresql), or name a server in RINGDESK_TEST_POSTGRES=postgres://user:password@host/database";

struct Cluster {
    /// Socket folder and data.
    dir: PathBuf,
    /// Ends the server when our end of its input closes, however this process ends.
    _keeper: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NAMES: AtomicU32 = AtomicU32::new(0);

/// A fresh, empty database: its URL.
pub async fn database() -> String {
    let name = format!("ringdesk_{}_{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed));
    let (admin, fresh) = match std::env::var("RINGDESK_TEST_POSTGRES") {
        Ok(url) => {
            let (base, query) = url.split_once('?').map_or((url.as_str(), ""), |(base, query)| (base, query));
            let server = base.rsplit_once('/').expect("RINGDESK_TEST_POSTGRES names a database").0;
            (url.clone(), format!("{server}/{name}?{query}"))
        }
        Err(_) => {
            let dir = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start).dir.clone()).await.unwrap();
            let url = |db: &str| format!("postgres://postgres@localhost/{db}?host={}", dir.display());
            (url("postgres"), url(&name))
        }
    };
    let pool = sqlx::PgPool::connect(&admin).await.expect("the server answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    fresh
}

/// Where the server keeps its files, if it is ours.
pub fn files() -> Option<PathBuf> {
    CLUSTER.get().map(|c| c.dir.join("data"))
}

fn start() -> Cluster {
    let bin = binaries();
    let dir = PathBuf::from(format!("/tmp/ringdesk-pg-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    // initdb refuses root, so root works as the system user of the package.
    let root = output(Command::new("id").arg("-u")).trim() == "0";
    if root {
        let number = |flag| output(Command::new("id").args([flag, "postgres"])).trim().parse::<u32>().expect(MISSING);
        std::os::unix::fs::chown(&dir, Some(number("-u")), Some(number("-g"))).unwrap();
    }
    let run = |program: &str, args: &[&str]| {
        let program = bin.join(program);
        let mut command = match root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(&program);
                command
            }
            false => Command::new(&program),
        };
        // pg_ctl's server keeps what it inherits; a pipe of ours would stay open for ever.
        command.args(args).current_dir(&dir).stdin(Stdio::null()).stdout(Stdio::null());
        let status = command.stderr(fs::File::create(dir.join("stderr")).unwrap()).status().unwrap();
        let said = fs::read_to_string(dir.join("stderr")).unwrap_or_default();
        assert!(status.success(), "{} failed: {said}", program.display());
    };
    let data = dir.join("data").display().to_string();
    let log = dir.join("log").display().to_string();
    run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
    let options = format!(
        "-k {} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300",
        dir.display()
    );
    run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"]);
    // The server's own process id is the first line of its pid file.
    let pid = fs::read_to_string(dir.join("data/postmaster.pid")).unwrap();
    let pid: u32 = pid.lines().next().unwrap().trim().parse().unwrap();
    let keeper = Command::new("sh")
        .args([
            "-c",
            &format!(
                "cat > /dev/null; kill -INT {pid}; while kill -0 {pid}; do sleep 0.1; done; rm -rf {}",
                dir.display()
            ),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Cluster { dir, _keeper: keeper }
}

fn binaries() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir: &PathBuf| Path::new(dir).join("initdb").exists())
    };
    found.pop().or_else(in_path).expect(MISSING)
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}
