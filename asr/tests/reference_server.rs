//! The gRPC engine against the reference server, which another implementation of gRPC carries.
//! Needs Debian's `python3-grpcio`, `python3-protobuf` and `protobuf-compiler`.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::engines::GrpcConfig;
use ringdesk_asr::{Clip16k, Engine, EngineConfig, EngineFault, Options};
use ringdesk_model::Language;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &str) -> (Server, Arc<dyn Engine>) {
    serve(&["--", "sh", "-c", program, "sh", "{language}", "{hot_words}"], &[])
}

fn serve(recogniser: &[&str], environment: &[(&str, &Path)]) -> (Server, Arc<dyn Engine>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/reference-server/server.py");
    // Debian's own Python: that of its packages.
    let mut server = Command::new("/usr/bin/python3")
        .args([script, "--listen", "127.0.0.1:0"])
        .args(recogniser)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .map(Server)
        .expect("python3 is installed");
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("listening on port ");
    let port = port.expect("the server starts: are python3-grpcio, python3-protobuf and protobuf-compiler installed?");
    let config = EngineConfig::Grpc(GrpcConfig {
        name: "reference".into(),
        url: format!("http://127.0.0.1:{port}"),
        model: String::new(),
        key: None,
        languages: vec![Language::ZhCn],
        authority: None,
    });
    (server, config.build())
}

async fn heard(engine: &Arc<dyn Engine>, deadline: Duration) -> Result<String, EngineFault> {
    let mut options = Options::new(Language::ZhCn, deadline);
    options.hot_words = vec!["瑞声".into(), "话务".into()];
    let answer = engine.transcribe(&Clip16k::new(vec![1; 48_000]), &options).await;
    answer.map(|t| t.text().into_inner())
}

/// Rows: V4
#[tokio::test]
async fn the_reference_server_is_understood() {
    let (_server, engine) = start("echo \"$1 $2 $(wc -c)\"");
    assert_eq!(heard(&engine, Duration::from_secs(10)).await.unwrap(), "zh 瑞声,话务 96044");
}

#[tokio::test]
async fn its_faults_have_names() {
    let (_server, engine) = start("exit 1");
    assert_eq!(heard(&engine, Duration::from_secs(10)).await.unwrap_err(), EngineFault::Refused(13));
    let (_server, engine) = start("true");
    assert_eq!(heard(&engine, Duration::from_secs(10)).await.unwrap(), "");
    // The deadline travels: the server itself gives up.
    let (_server, engine) = start("sleep 30");
    assert_eq!(heard(&engine, Duration::from_secs(1)).await.unwrap_err().kind(), "busy");
}

/// The bridge to SenseVoice, with modules that stand in for sherpa-onnx and numpy: what it asks of them, and what becomes of
/// their answer. The model itself is not here.
///
/// Rows: V4
#[tokio::test]
async fn the_bridge_to_sense_voice_asks_as_its_library_wants() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "sherpa_onnx.py",
            "class OfflineRecognizer:\n  @classmethod\n  def from_sense_voice(cls, model, tokens, num_threads, language, use_itn):\n    \
             it = cls(); it.said = f'{language} {model[-15:]} {tokens[-10:]}'; return it\n  def create_stream(self):\n    \
             return Stream()\n  def decode_stream(self, stream):\n    stream.result = Result(); \
             stream.result.text = f' {self.said} {stream.heard} '\nclass Result: pass\nclass Stream:\n  \
             def accept_waveform(self, rate, samples): self.heard = f'{rate} {len(samples)} {max(samples):.6f}'\n",
        ),
        (
            "numpy.py",
            "import array\nclass Samples(list):\n  def astype(self, kind): return self\n  \
             def __truediv__(self, by): return Samples(s / by for s in self)\n\
             def frombuffer(pcm, dtype): return Samples(array.array('h', pcm))\n",
        ),
        ("model.int8.onnx", ""),
        ("tokens.txt", ""),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let module = concat!(env!("CARGO_MANIFEST_DIR"), "/reference-server/sense_voice.py");
    let environment = [("SENSE_VOICE", folder.path()), ("PYTHONPATH", folder.path())];
    let (_server, engine) = serve(&["--module", module], &environment);
    let said = heard(&engine, Duration::from_secs(10)).await.unwrap();
    assert_eq!(said, "zh model.int8.onnx tokens.txt 16000 48000 0.000031");
}
