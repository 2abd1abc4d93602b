//! A follower of events, as the tests use one.

use super::world::{Login, World};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    /// With the session's token in the header; `query`: `?after=…` or nothing.
    pub(crate) async fn open(world: &World, who: &Login, query: &str) -> Result<Socket, u16> {
        Socket::open_with(world, &who.account, query, Some(&who.token)).await
    }

    pub(crate) async fn open_with(
        world: &World,
        account: &str,
        query: &str,
        token: Option<&str>,
    ) -> Result<Socket, u16> {
        let socket = TcpSocket::new_v4().unwrap();
        // So that a reader who does not read is noticed soon.
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(world.http).await.unwrap();
        let mut request =
            format!("ws://{}/api/v1/accounts/{account}/events{query}", world.http).into_client_request().unwrap();
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(Error::Http(refused)) => Err(refused.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) async fn start(world: &World, who: &Login) -> Socket {
        let mut socket = Socket::open(world, who, "").await.unwrap();
        assert_eq!(socket.line().await["type"], "cursor");
        socket
    }

    /// The next line; the end of the socket is one of type `closed`.
    pub(crate) async fn line(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
            match message.expect("a line within ten seconds") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => {
                    return json!({
                        "type": "closed",
                        "code": frame.as_ref().map(|f| u16::from(f.code)).unwrap_or(u16::from(CloseCode::Status)),
                        "reason": frame.map(|f| f.reason.to_string()),
                    });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "type": "closed" }),
            }
        }
    }

    /// The next event of any kind; how far the reader has come goes by, for that is said at any time.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let line = self.line().await;
            if line["type"] != "cursor" {
                return line;
            }
        }
    }

    /// The next event of a kind; others go by.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let line = self.line().await;
            assert_ne!(line["type"], "closed", "while waiting for {kind}: {line}");
            if line["type"] == kind {
                return line;
            }
        }
    }

    /// Everything up to a number.
    pub(crate) async fn up_to(&mut self, seq: i64) -> Vec<Value> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await;
            assert_ne!(line["type"], "closed", "{line}");
            let reached = line["seq"].as_i64().unwrap() >= seq;
            if line["type"] != "cursor" {
                lines.push(line);
            }
            if reached {
                return lines;
            }
        }
    }
}
