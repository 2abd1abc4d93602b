//! The program as its operator starts it: with a broken configuration, twice, by a signal.

use anyhow::{Result, ensure};
use ringdesk_interop::Centre;
use ringdesk_interop::centre::{binary, free_port};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

fn ringdesk(config: &Path, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(binary()).arg("--config").arg(config).args(arguments).output()?)
}

/// One sentence that names the file, the line and the key; nothing was started.
///
/// Rows: S16.13
#[test]
fn a_broken_configuration_is_named_by_line_and_key() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ringdesk.toml");
    for (text, words) in [
        ("data = \"d\"\n[signaling]\nuser_agnet = \"x\"\n", ["line 3", "user_agnet"]),
        ("[http]\nlisten = \"nowhere\"\n", ["line 2", "listen"]),
        ("[signaling]\ndigest = [\"SHA-1\"]\n", ["line 2", "SHA-1"]),
        ("data = \n", ["line 1", "data"]),
    ] {
        std::fs::write(&file, text)?;
        let output = ringdesk(&file, &["check-config"])?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{text}");
        for word in words.iter().chain(&["ringdesk.toml"]) {
            assert!(said.contains(word), "{word} in {said:?} for {text:?}");
        }
        assert!(!folder.path().join("d").exists(), "nothing was made");
    }
    let missing = ringdesk(&folder.path().join("none.toml"), &["check-config"])?;
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("none.toml"));
    Ok(())
}

/// Two servers on one data folder would both route the same calls: the second says why it ends, the first goes on.
///
/// Rows: S16.13
#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_data_is_refused() -> Result<()> {
    let centre = Centre::start().await?;
    // On ports of its own: it is the data that must not be shared.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ringdesk.toml");
    let others = |text: String, mine: SocketAddr| {
        Ok::<_, anyhow::Error>(text.replace(&mine.to_string(), &free_port()?.to_string()))
    };
    std::fs::write(&file, others(others(std::fs::read_to_string(centre.configuration())?, centre.sip)?, centre.http)?)?;
    let second = ringdesk(&file, &["serve"])?;
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    ensure!(!second.status.success(), "two servers run");
    assert!(said.contains("data") && said.lines().count() <= 3 && !said.contains("panicked"), "{said}");
    let (status, _) = centre.get("/readyz", None).await?;
    assert_eq!(status, 200, "the first goes on");
    Ok(())
}

/// Each figure is declared once and has a value: a page that Prometheus reads.
///
/// Rows: S16.12
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_figures_is_well_formed() -> Result<()> {
    let centre = Centre::start().await?;
    let (_, page) = centre.get("/metrics", None).await?;
    let page = page.as_str().unwrap_or_default();
    let mut declared: Vec<&str> = page.lines().filter_map(|l| l.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let all = declared.len();
    declared.sort_unstable();
    declared.dedup();
    assert_eq!(declared.len(), all, "declared twice\n{page}");
    for name in ["calls_open", "media_packets_in_total", "signaling_registrations", "routing_stuck_total"] {
        assert!(declared.contains(&name), "{name}\n{page}");
    }
    for line in page.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let value = line.rsplit_once(' ').map(|(_, value)| value.parse::<f64>());
        assert!(matches!(value, Some(Ok(_))), "{line}");
    }
    Ok(())
}
