//! What the engines on somebody else's machine have in common: an address, a key, and a server that is found or not.
//!
//! The caller's sound leaves the machine: an operator chooses that by naming the server.

use crate::engine::{Hearing, Segment, Transcript};
use crate::http::{Server, Version};
use crate::{Capabilities, Clip16k, Engine, EngineFault, Options};
use ringdesk_model::{Language, Pii};
use std::fmt;
use std::path::Path;

/// Where a server is, as its configuration says.
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) model: &'a str,
    pub(super) key: Option<&'a Pii<String>>,
    pub(super) languages: &'a [Language],
    pub(super) authority: Option<&'a Path>,
    /// It says when each word was said.
    pub(super) word_times: bool,
}

/// A way to ask: the configuration of one is an implementation.
pub(super) trait Protocol: fmt::Debug + Send + Sync {
    const VERSION: Version;

    fn place(&self) -> Place<'_>;

    /// `bearer`: the value of an `authorization` header, where there is a key.
    fn ask(
        &self,
        server: &Server,
        bearer: Option<&str>,
        clip: &Clip16k,
        options: &Options,
    ) -> impl Future<Output = Result<Vec<Segment>, EngineFault>> + Send;
}

/// An engine that is asked so.
pub(super) struct Remote<P> {
    pub(super) protocol: P,
    server: Result<Server, EngineFault>,
}

impl<P: Protocol> Remote<P> {
    pub(super) fn new(protocol: P) -> Remote<P> {
        let place = protocol.place();
        let server = Server::new(place.url, place.authority, P::VERSION).map_err(EngineFault::Missing);
        Remote { protocol, server }
    }
}

impl<P: Protocol> Engine for Remote<P> {
    fn name(&self) -> &str {
        self.protocol.place().name
    }

    fn model(&self) -> &str {
        self.protocol.place().model
    }

    fn capabilities(&self) -> Capabilities {
        let place = self.protocol.place();
        Capabilities { languages: place.languages.to_vec(), hot_words: true, word_times: place.word_times }
    }

    fn ready(&self) -> Result<(), EngineFault> {
        self.server.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn transcribe<'a>(&'a self, clip: &'a Clip16k, options: &'a Options) -> Hearing<'a> {
        Box::pin(async move {
            let server = self.server.as_ref().map_err(Clone::clone)?;
            let bearer = self.protocol.place().key.map(|key| format!("Bearer {}", key.reveal()));
            let segments = self.protocol.ask(server, bearer.as_deref(), clip, options).await?;
            Ok(Transcript::of(self, options, segments))
        })
    }
}

impl<P: Protocol> fmt::Debug for Remote<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote({:?})", self.protocol)
    }
}
