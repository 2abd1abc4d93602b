use super::*;
use crate::Engine as _;
use crate::engines::remote::Remote;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

fn tls(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(file)
}

/// Reads one whole request, says `answer`, closes. Gives the request.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: Vec<u8>) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4_096];
        let length = stream.read(&mut piece).await.unwrap();
        request.extend_from_slice(&piece[..length]);
        let Some(head) = request.windows(4).position(|w| w == b"\r\n\r\n") else {
            assert!(length > 0);
            continue;
        };
        let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
        let line = text.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
        if request.len() >= head + 4 + line.parse::<usize>().unwrap() {
            break;
        }
    }
    // A client that has enough does not read on.
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
    request
}

async fn server(answer: impl Into<Vec<u8>>) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, answer) = (listener.local_addr().unwrap().port(), answer.into());
    (port, tokio::spawn(async move { serve(listener.accept().await.unwrap().0, answer).await }))
}

fn ok(json: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}", json.len())
}

fn engine(url: String) -> Remote<OpenaiConfig> {
    Remote::new(OpenaiConfig {
        name: "remote".into(),
        url,
        model: "whisper-1".into(),
        key: Some(Pii::new("secret-key".into())),
        languages: vec![Language::ZhCn],
        authority: Some(tls("ca.pem")),
        response_format: verbose(),
    })
}

async fn heard(engine: &Remote<OpenaiConfig>) -> Result<String, EngineFault> {
    let mut options = Options::new(Language::ZhCn, Duration::from_secs(5));
    options.hot_words = vec!["瑞声".into(), "Ringdesk".into()];
    let clip = Clip16k::new(vec![258; 16_000]);
    let answer = tokio::time::timeout(options.deadline, engine.transcribe(&clip, &options)).await.unwrap();
    answer.map(|t| t.text().into_inner())
}

async fn said(answer: impl Into<Vec<u8>>) -> Result<String, EngineFault> {
    let (port, _) = server(answer).await;
    heard(&engine(format!("http://127.0.0.1:{port}/v1/audio/transcriptions"))).await
}

/// Rows: V4
#[tokio::test]
async fn the_request_is_a_form_with_sound_model_language_and_hot_words() {
    let json = r#"{"text": "您好", "language": "chinese", "segments": [{"text": "您好", "start": 0.2, "end": 0.8}]}"#;
    let (port, request) = server(ok(json)).await;
    let engine = engine(format!("http://127.0.0.1:{port}/v1/audio/transcriptions"));
    assert_eq!(heard(&engine).await.unwrap(), "您好");
    let request = request.await.unwrap();
    let text = String::from_utf8_lossy(&request);
    assert!(text.starts_with("POST /v1/audio/transcriptions HTTP/1.1\r\n"), "{text}");
    for part in ["authorization: Bearer secret-key", &format!("host: 127.0.0.1:{port}")] {
        assert!(text.contains(part), "{part}");
    }
    for (name, value) in
        [("model", "whisper-1"), ("language", "zh"), ("prompt", "瑞声, Ringdesk"), ("response_format", "verbose_json")]
    {
        assert!(text.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{name}");
    }
    let sound = request.windows(4).position(|w| w == b"RIFF").unwrap();
    assert_eq!(&request[sound + 40..sound + 44], &32_000u32.to_le_bytes());
    assert_eq!(&request[sound + 44..sound + 46], &258i16.to_le_bytes());
    assert!(text.trim_end().ends_with("--"));
    assert!(!format!("{engine:?}").contains("secret-key"));
}

#[tokio::test]
async fn every_answer_is_words_or_a_fault_with_a_name() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"text\": \"hello \r\n5\r\nyou\"}\r\n0\r\n\r\n";
    assert_eq!(said(chunked).await.unwrap(), "hello you");
    let status = |s: u16| format!("HTTP/1.1 {s} X\r\nContent-Length: 0\r\n\r\n");
    for (answer, kind) in [
        (status(429), "busy"),
        (status(503), "busy"),
        (status(401), "refused"),
        (status(302), "refused"),
        (ok("您好"), "rubbish"),
        (ok(r#"{"text": "x", "language": "en"}"#), "other_language"),
        ("SSH-2.0-OpenSSH\r\n".into(), "unreachable"),
        (String::new(), "unreachable"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".into(), "unreachable"),
        (ok(&"x".repeat(2 << 20)), "rubbish"),
    ] {
        let fault = said(answer.clone()).await.unwrap_err();
        assert_eq!(fault.kind(), kind, "{}: {fault}", &answer[..answer.len().min(60)]);
    }
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(heard(&engine(format!("http://{free}/"))).await.unwrap_err().kind(), "unreachable");
}

async fn secure(authority: &str, host: &str) -> Result<String, EngineFault> {
    let certificates = CertificateDer::pem_file_iter(tls("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(tls("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        // A client that does not trust us goes.
        if let Ok(stream) = acceptor.accept(listener.accept().await.unwrap().0).await {
            serve(stream, ok(r#"{"text": "secret"}"#).into_bytes()).await;
        }
    });
    let mut config = engine(format!("https://{host}:{port}/x")).protocol;
    config.authority = Some(tls(authority)).filter(|_| !authority.is_empty());
    let engine = Remote::new(config);
    engine.ready()?;
    heard(&engine).await
}

#[tokio::test]
async fn over_tls_only_to_who_can_prove_the_name() {
    assert_eq!(secure("ca.pem", "127.0.0.1").await.unwrap(), "secret");
    assert_eq!(secure("ca.pem", "127.0.0.2").await.unwrap_err().kind(), "unreachable");
    // Nobody the system knows vouches for it; on a bare system nobody vouches for anybody.
    assert!(["unreachable", "missing"].contains(&secure("", "127.0.0.1").await.unwrap_err().kind()));
    assert_eq!(secure("none.pem", "127.0.0.1").await.unwrap_err().kind(), "missing");
}

#[test]
fn addresses_that_are_none_are_said_at_once() {
    for url in ["", "whisper.local/v1", "ftp://x/", "http://", "/v1"] {
        assert!(matches!(engine(url.into()).ready(), Err(EngineFault::Missing(_))), "{url}");
    }
    assert_eq!(engine("http://[::1]:9/v1".into()).ready(), Ok(()));
}

#[test]
fn a_boundary_is_never_in_the_form() {
    let (boundary, body) = form(&[("prompt", "--ringdesk-0000000000000000")], b"ringdesk-0000000000000001");
    assert_eq!(boundary, "ringdesk-0000000000000002");
    assert_eq!(String::from_utf8(body).unwrap().matches(&boundary).count(), 3);
}
