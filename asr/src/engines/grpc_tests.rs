use super::*;
use crate::Engine as _;
use crate::engines::remote::Remote;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, http};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

type Seen = Arc<Mutex<Vec<(http::request::Parts, Vec<u8>)>>>;

/// What a server says: status, body, `grpc-status` in the trailers.
#[derive(Clone)]
struct Says(u16, Vec<u8>, Option<&'static str>);

fn message(response: &Response) -> Vec<u8> {
    let message = response.encode_to_vec();
    [&[0][..], &(message.len() as u32).to_be_bytes(), &message].concat()
}

async fn server(says: Says) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let log = seen.clone();
    tokio::spawn(async move {
        let stream = listener.accept().await.unwrap().0;
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let (says, log) = (says.clone(), log.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes().to_vec();
                log.lock().unwrap().push((parts, body));
                let body = Full::new(Bytes::from(says.1));
                let body: BoxBody<Bytes, Infallible> = match says.2 {
                    None => body.boxed(),
                    Some(status) => {
                        let trailers =
                            HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())]);
                        body.with_trailers(async { Some(Ok(trailers)) }).boxed()
                    }
                };
                Ok::<_, Infallible>(hyper::Response::builder().status(says.0).body(body).unwrap())
            }
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    });
    (port, seen)
}

fn engine(port: u16) -> Remote<GrpcConfig> {
    Remote::new(GrpcConfig {
        name: "far".into(),
        url: format!("http://127.0.0.1:{port}"),
        model: "m".into(),
        key: Some(Pii::new("secret-key".into())),
        languages: vec![Language::ZhCn],
        authority: None,
    })
}

async fn heard(engine: &Remote<GrpcConfig>) -> Result<Vec<Segment>, EngineFault> {
    let mut options = Options::new(Language::ZhCn, Duration::from_secs(5));
    options.hot_words = vec!["瑞声".into()];
    options.narrow = true;
    let clip = Clip16k::new(vec![-2; 16_000]);
    let answer = tokio::time::timeout(options.deadline, engine.transcribe(&clip, &options)).await.unwrap();
    answer.map(|t| t.segments)
}

fn good() -> Response {
    let word = HeardWord { text: "您".into(), start_ms: 200, end_ms: 300, confidence: Some(0.5) };
    let segment =
        HeardSegment { text: "您好".into(), start_ms: 200, end_ms: 99_000, words: vec![word], confidence: None };
    Response { segments: vec![segment], language: "zh".into() }
}

/// Rows: V4
#[tokio::test]
async fn a_call_has_all_that_the_contract_names() {
    let (port, seen) = server(Says(200, message(&good()), Some("0"))).await;
    let segments = heard(&engine(port)).await.unwrap();
    assert_eq!(segments.len(), 1);
    assert_eq!((segments[0].text.reveal().as_str(), segments[0].start_ms, segments[0].end_ms), ("您好", 200, 1_000));
    assert_eq!((segments[0].words.len(), segments[0].confidence), (1, Some(0.5)));
    let (parts, body) = seen.lock().unwrap().pop().unwrap();
    assert_eq!((parts.uri.path(), parts.method.as_str()), (METHOD, "POST"));
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("grpc-timeout", "5000m"),
        ("authorization", "Bearer secret-key"),
    ] {
        assert_eq!(parts.headers[name], value);
    }
    let request = Request::decode(&body[5..]).unwrap();
    assert_eq!((request.pcm.len(), request.language.as_str(), request.narrow), (32_000, "zh", true));
    assert_eq!((&request.pcm[..2], request.hot_words), (&[0xfe, 0xff][..], vec!["瑞声".to_string()]));
}

#[tokio::test]
async fn every_answer_is_words_or_a_fault_with_a_name() {
    let mut english = good();
    english.language = "en".into();
    let two = [message(&good()), message(&good())].concat();
    for (says, kind) in [
        (Says(200, vec![], Some("14")), "busy"),
        (Says(200, vec![], Some("8")), "busy"),
        (Says(200, vec![], Some("12")), "refused"),
        (Says(200, vec![], Some("16")), "refused"),
        (Says(404, vec![], None), "refused"),
        (Says(503, vec![], None), "busy"),
        (Says(200, message(&good()), None), "rubbish"),
        (Says(200, vec![], Some("0")), "rubbish"),
        (Says(200, vec![1, 0, 0, 0, 0], Some("0")), "rubbish"),
        (Says(200, vec![0, 0, 0, 0, 9, 1], Some("0")), "rubbish"),
        (Says(200, two, Some("0")), "rubbish"),
        (Says(200, vec![0, 0, 0, 0, 2, 0xff, 0xff], Some("0")), "rubbish"),
        (Says(200, vec![0; 2 << 20], Some("0")), "rubbish"),
        (Says(200, message(&english), Some("0")), "other_language"),
    ] {
        let (port, _) = server(says.clone()).await;
        let fault = heard(&engine(port)).await.unwrap_err();
        assert_eq!(fault.kind(), kind, "{} {:?}: {fault}", says.0, says.2);
    }
    let nothing = message(&Response::default());
    let (port, _) = server(Says(200, nothing, Some("0"))).await;
    assert_eq!(heard(&engine(port)).await.unwrap(), []);
}

/// A server of the other kind, and none at all.
#[tokio::test]
async fn who_does_not_speak_http_2_is_not_reachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let other = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let mut stream = listener.accept().await.unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert_eq!(heard(&engine(port)).await.unwrap_err().kind(), "unreachable");
    other.await.unwrap();
    assert_eq!(heard(&engine(port)).await.unwrap_err().kind(), "unreachable");
    assert!(!format!("{:?}", engine(port)).contains("secret-key"));
}
