//! A server of `proto/speech.proto`: one unary call per utterance.
//!
//! The few rules of gRPC over HTTP/2 that a unary call needs stand here; a framework for them would be the largest thing
//! in this room.

use super::answer::{self, Timed};
use super::remote::{Place, Protocol};
use super::short;
use crate::engine::Segment;
use crate::http::{Answer, Server, Version};
use crate::{Clip16k, EngineFault, Options};
use prost::Message as _;
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const METHOD: &str = "/ringdesk.speech.v1.Recogniser/Transcribe";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrpcConfig {
    pub name: String,
    /// `http://host:port` or `https://host:port`.
    pub url: String,
    /// Shown with the transcript.
    #[serde(default)]
    pub model: String,
    /// Sent as `authorization: Bearer …`.
    #[serde(default)]
    pub key: Option<Pii<String>>,
    pub languages: Vec<Language>,
    /// Certificates that vouch for the server, instead of the system's.
    #[serde(default)]
    pub authority: Option<PathBuf>,
}

impl Protocol for GrpcConfig {
    const VERSION: Version = Version::Two;

    fn place(&self) -> Place<'_> {
        Place {
            name: &self.name,
            url: &self.url,
            model: &self.model,
            key: self.key.as_ref(),
            languages: &self.languages,
            authority: self.authority.as_deref(),
            word_times: true,
        }
    }

    async fn ask(
        &self,
        server: &Server,
        bearer: Option<&str>,
        clip: &Clip16k,
        options: &Options,
    ) -> Result<Vec<Segment>, EngineFault> {
        let request = Request {
            pcm: clip.samples().iter().flat_map(|s| s.to_le_bytes()).collect(),
            language: short(options.language).into(),
            hot_words: options.hot_words.clone(),
            narrow: options.narrow,
        };
        // At most eight digits stand in a timeout.
        let timeout = format!("{}m", options.deadline.as_millis().min(99_999_999));
        let mut headers = vec![("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", &timeout)];
        headers.extend(bearer.map(|bearer| ("authorization", bearer)));
        let message = request.encode_to_vec();
        let mut body = vec![0];
        body.extend_from_slice(&(message.len() as u32).to_be_bytes());
        body.extend_from_slice(&message);
        let response = response(&server.post(Some(METHOD), &headers, body).await?)?;
        let seconds = |ms: u32| Some(f64::from(ms) / 1_000.0);
        let timed = |text, start, end, confidence: Option<f32>| Timed {
            text,
            start: seconds(start),
            end: seconds(end),
            confidence: confidence.map(f64::from),
            ..Timed::default()
        };
        let mut all = answer::Answer { text: Some(String::new()), ..answer::Answer::default() };
        all.language = Some(response.language).filter(|l| !l.is_empty());
        for segment in response.segments {
            all.words.extend(segment.words.into_iter().map(|w| timed(w.text, w.start_ms, w.end_ms, w.confidence)));
            all.segments.push(timed(segment.text, segment.start_ms, segment.end_ms, segment.confidence));
        }
        answer::check(all, clip, options.language)
    }
}

/// The one message of an answer, or its status as a fault.
fn response(answer: &Answer) -> Result<Response, EngineFault> {
    match answer.status {
        200 => {}
        429 | 502..=504 => return Err(EngineFault::Busy(answer.status)),
        status => return Err(EngineFault::Refused(status)),
    }
    // An answer without a message has its status in the headers.
    let status = answer.trailers.get("grpc-status").or_else(|| answer.headers.get("grpc-status"));
    let status = status.and_then(|s| s.to_str().ok()).and_then(|s| s.parse::<u16>().ok());
    match status {
        Some(0) => {}
        // Cancelled, deadline exceeded, resource exhausted, aborted, unavailable.
        Some(busy @ (1 | 4 | 8 | 10 | 14)) => return Err(EngineFault::Busy(busy)),
        Some(status) => return Err(EngineFault::Refused(status)),
        None => return Err(EngineFault::Rubbish("no status at the end of the answer".into())),
    }
    let rubbish = |what: &str| EngineFault::Rubbish(what.into());
    let Some(([compressed, a, b, c, d], message)) = answer.body.split_first_chunk::<5>() else {
        return Err(rubbish("no message in the answer"));
    };
    if *compressed != 0 || u32::from_be_bytes([*a, *b, *c, *d]) as usize != message.len() {
        return Err(rubbish("not one plain message"));
    }
    Response::decode(message).map_err(|_| rubbish("not a message of speech.proto"))
}

// proto/speech.proto, by hand: four messages do not need a generator.

#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(bytes = "vec", tag = "1")]
    pcm: Vec<u8>,
    #[prost(string, tag = "2")]
    language: String,
    #[prost(string, repeated, tag = "3")]
    hot_words: Vec<String>,
    #[prost(bool, tag = "4")]
    narrow: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(message, repeated, tag = "1")]
    segments: Vec<HeardSegment>,
    #[prost(string, tag = "2")]
    language: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HeardSegment {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(uint32, tag = "2")]
    start_ms: u32,
    #[prost(uint32, tag = "3")]
    end_ms: u32,
    #[prost(message, repeated, tag = "4")]
    words: Vec<HeardWord>,
    #[prost(float, optional, tag = "5")]
    confidence: Option<f32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HeardWord {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(uint32, tag = "2")]
    start_ms: u32,
    #[prost(uint32, tag = "3")]
    end_ms: u32,
    #[prost(float, optional, tag = "4")]
    confidence: Option<f32>,
}

#[cfg(test)]
#[path = "grpc_tests.rs"]
mod tests;
