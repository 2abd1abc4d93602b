//! `ringdesk models`, as an operator types it. The mirrors are servers on loopback.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::binary;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const FILE: &str = "for-tests-ggml-tiny.bin";
const SUM: &str = "c486fb9f14a28b1c1dc252741a431646cc573450c900b9d9c406e10294aa01e6";

fn stub() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asr/tests/fixtures").join(FILE)
}

/// A mirror that has this file and nothing else.
async fn mirror(content: Vec<u8>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let here = String::from_utf8_lossy(&request[..length]).starts_with(&format!("GET /{FILE} "));
            let (status, body) = if here { ("200 OK", content.as_slice()) } else { ("404 Not Found", &[][..]) };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), body].concat()).await; // who has enough goes
        }
    });
    Ok(address)
}

/// Whether it ended well, and all it said.
async fn models(config: &Path, arguments: &[&str]) -> Result<(bool, String)> {
    let mut command = Command::new(binary());
    command.arg("--config").arg(config).arg("models").args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let said = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    Ok((output.status.success(), said))
}

/// Known by the configuration, from the second mirror, because the first has something else under that name; then damaged.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_pulled_looked_at_and_listed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (bad, good) = (mirror(b"<!DOCTYPE html>".to_vec()).await?, mirror(std::fs::read(stub())?).await?);
    let config = folder.path().join("ringdesk.toml");
    let data = folder.path().join("data");
    std::fs::write(
        &config,
        format!(
            "data = {data:?}\n[asr.models]\nmirrors = [{bad:?}, {good:?}]\n\
             [[asr.models.known]]\nname = \"stub\"\nfile = {FILE:?}\nsha256 = {SUM:?}\n\
             [[asr.engines]]\nkind = \"whisper\"\nmodel = \"stub\"\n"
        ),
    )?;
    let (fine, said) = models(&config, &["list"]).await?;
    ensure!(fine && said.contains("base-q5_1") && said.contains("stub"), "{said}");
    let here = |said: &str| said.lines().any(|line| line.starts_with("stub") && line.ends_with("here, 575451 bytes"));
    assert!(!here(&said), "{said}");
    let (fine, said) = models(&config, &["verify", "stub"]).await?;
    assert!(!fine && said.contains("there is no file"), "{said}");

    let (fine, said) = models(&config, &["pull", "stub"]).await?;
    assert!(fine && said.contains(&format!("failed   {bad}: what it sends is something else")), "{said}");
    let file = data.join("models").join(FILE);
    assert!(said.contains(&format!("here     {}", file.display())), "{said}");
    assert_eq!(std::fs::read(&file)?, std::fs::read(stub())?);
    assert!(here(&models(&config, &["list"]).await?.1));
    let (fine, said) = models(&config, &["verify"]).await?;
    assert!(fine && said.contains(&format!("ok       {FILE} sha256 {SUM}")), "{said}");
    assert!(models(&config, &["pull", "stub"]).await?.1.contains("already"));
    // The configuration's engine finds it by its name.
    let doctor = Command::new(binary()).args(["doctor", "--config"]).arg(&config).output()?;
    let page = String::from_utf8(doctor.stdout)?;
    assert!(page.contains("ok       recognition en: whisper"), "{page}");

    let mut content = std::fs::read(&file)?;
    content[100] ^= 1; // a filter: the file is whole, and another one
    std::fs::write(&file, content)?;
    let (fine, said) = models(&config, &["verify"]).await?;
    assert!(!fine && said.contains("is not what it should be"), "{said}");
    let doctor = Command::new(binary()).args(["doctor", "--config"]).arg(&config).output()?;
    let page = String::from_utf8(doctor.stdout)?;
    assert!(page.contains("no_engine; whisper: engine not ready: "), "{page}");
    // Pulled again, from a stick; and what nobody has.
    let stick = stub().parent().context("a folder")?.display().to_string();
    let (fine, said) = models(&config, &["pull", "stub", "--from", &stick]).await?;
    assert!(fine && models(&config, &["verify"]).await?.0, "{said}");
    let (fine, said) = models(&config, &["pull", "tiny-q5_1"]).await?;
    assert!(!fine && said.contains("no mirror has it") && said.contains("status 404"), "{said}");
    let (fine, said) = models(&config, &["pull", "enormous"]).await?;
    assert!(!fine && said.contains("no model called enormous is known"), "{said}");
    Ok(())
}

/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_with_its_sum() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("ringdesk.toml");
    std::fs::write(&config, format!("data = {:?}\n", folder.path().join("data")))?;
    let (fine, said) = models(&config, &["add", stub().to_str().context("a path")?]).await?;
    assert!(fine && said.contains(SUM) && said.contains("stands in no catalogue"), "{said}");
    assert!(models(&config, &["list"]).await?.1.contains(FILE));
    assert!(models(&config, &["verify"]).await?.1.contains(&format!("{FILE} sha256 {SUM}")));
    let (fine, said) = models(&config, &["add", config.to_str().context("a path")?]).await?;
    assert!(!fine && said.contains("is no model for whisper.cpp"), "{said}");
    // A name that would lie elsewhere is refused with the configuration.
    let more = "\n[[asr.models.known]]\nname = \"x\"\nfile = \"../x\"\nsha256 = \"00\"\n";
    std::fs::write(&config, std::fs::read_to_string(&config)? + more)?;
    let (fine, said) = models(&config, &["list"]).await?;
    assert!(!fine && said.contains("asr.models: the name \"../x\" cannot be that of a file"), "{said}");
    Ok(())
}
