//! Any server that speaks `POST /v1/audio/transcriptions`: whisper.cpp, faster-whisper, vLLM, FunASR's bridges, clouds.

use super::remote::{Place, Protocol};
use super::{answer, short};
use crate::engine::Segment;
use crate::http::{Server, Version};
use crate::{Clip16k, EngineFault, Options, wav};
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenaiConfig {
    pub name: String,
    /// The whole address: `https://host/v1/audio/transcriptions`.
    pub url: String,
    /// As the server knows it: `whisper-1`, `SenseVoiceSmall`.
    pub model: String,
    #[serde(default)]
    pub key: Option<Pii<String>>,
    pub languages: Vec<Language>,
    /// Certificates that vouch for the server, instead of the system's.
    #[serde(default)]
    pub authority: Option<PathBuf>,
    /// `verbose_json` (with times) or, for servers that know only that, `json`.
    #[serde(default = "verbose")]
    pub response_format: String,
}

fn verbose() -> String {
    "verbose_json".into()
}

impl Protocol for OpenaiConfig {
    const VERSION: Version = Version::One;

    fn place(&self) -> Place<'_> {
        Place {
            name: &self.name,
            url: &self.url,
            model: &self.model,
            key: self.key.as_ref(),
            languages: &self.languages,
            authority: self.authority.as_deref(),
            word_times: self.response_format == "verbose_json",
        }
    }

    async fn ask(
        &self,
        server: &Server,
        bearer: Option<&str>,
        clip: &Clip16k,
        options: &Options,
    ) -> Result<Vec<Segment>, EngineFault> {
        let mut fields = vec![
            ("model", self.model.as_str()),
            ("language", short(options.language)),
            ("response_format", self.response_format.as_str()),
            ("temperature", "0"),
        ];
        let hot_words = options.hot_words.join(", ");
        if !hot_words.is_empty() {
            fields.push(("prompt", &hot_words));
        }
        if self.response_format == "verbose_json" {
            fields.extend([("timestamp_granularities[]", "segment"), ("timestamp_granularities[]", "word")]);
        }
        let (boundary, body) = form(&fields, &wav::write(clip));
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let mut headers = vec![("content-type", content_type.as_str()), ("accept", "application/json")];
        headers.extend(bearer.map(|bearer| ("authorization", bearer)));
        let answer = server.post(None, &headers, body).await?;
        match answer.status {
            200 => answer::segments(&answer.body, clip, options.language),
            408 | 425 | 429 | 500 | 502..=504 => Err(EngineFault::Busy(answer.status)),
            status => Err(EngineFault::Refused(status)),
        }
    }
}

/// A form (RFC 7578) and its boundary, which is nowhere in it.
fn form(fields: &[(&str, &str)], wav: &[u8]) -> (String, Vec<u8>) {
    let taken = |boundary: &str| {
        let within = |text: &[u8]| text.windows(boundary.len()).any(|w| w == boundary.as_bytes());
        within(wav) || fields.iter().any(|(_, value)| within(value.as_bytes()))
    };
    let mut number = 0u64;
    let boundary = loop {
        let boundary = format!("ringdesk-{number:016}");
        if !taken(&boundary) {
            break boundary;
        }
        number += 1;
    };
    let mut body = Vec::with_capacity(wav.len() + 1_024);
    for (name, value) in fields {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let part = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"clip.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(wav);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (boundary, body)
}

#[cfg(test)]
#[path = "openai_tests.rs"]
mod tests;
