//! Clients that write SIP by hand.

use crate::room::PATIENCE;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

/// One request. `extra` are whole header lines.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    /// Whom From names. 2001 is an extension; this default is none, so a trunk may call in its name.
    pub(crate) user: &'a str,
    pub(crate) id: &'a str,
    pub(crate) cseq: u32,
    pub(crate) to_tag: &'a str,
    pub(crate) extra: &'a str,
    pub(crate) body: &'a str,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Request {
            method: "OPTIONS",
            uri: "sip:1000@ringdesk.test",
            user: "+491715550199",
            id: "a",
            cseq: 1,
            to_tag: "",
            extra: "",
            body: "",
        }
    }
}

impl Request<'_> {
    pub(crate) fn text(&self, transport: &str, local: SocketAddr) -> String {
        let Request { method, uri, user, id, cseq, to_tag, extra, body } = self;
        let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {local};branch=z9hG4bK-{id}-{method}-{cseq};rport\r\n\
             Max-Forwards: 70\r\n\
             From: \"Al\" <sip:{user}@ringdesk.test>;tag=f-{id}\r\n\
             To: <sip:1000@ringdesk.test>{to_tag}\r\n\
             Call-ID: {id}@gate.test\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:{user}@{local};transport={}>\r\n\
             {extra}Content-Length: {}\r\n\r\n{body}",
            transport.to_lowercase(),
            body.len(),
        )
    }
}

pub(crate) fn status(message: &str) -> u16 {
    let status = message.strip_prefix("SIP/2.0 ").unwrap_or_else(|| panic!("not a response: {message}"));
    status[..3].parse().unwrap()
}

/// The first field of this name.
pub(crate) fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {message}")).trim()
}

pub(crate) fn to_tag(message: &str) -> &str {
    field(message, "To").split_once(";tag=").unwrap_or_else(|| panic!("no To tag in {message}")).1
}

/// The answer to a request that the room sent, for our side of the dialog.
pub(crate) fn response(request: &str, status: &str, extra: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().skip(1).take_while(|line| !line.is_empty()) {
        if line.starts_with("Via:")
            || line.starts_with("From:")
            || line.starts_with("Call-ID:")
            || line.starts_with("CSeq:")
        {
            text += &format!("{line}\r\n");
        }
        if line.starts_with("To:") {
            text += line;
            text += if line.contains(";tag=") { "\r\n" } else { ";tag=callee\r\n" };
        }
    }
    text + &format!("{extra}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) struct Udp {
    pub(crate) socket: UdpSocket,
    pub(crate) local: SocketAddr,
    remote: SocketAddr,
}

impl Udp {
    pub(crate) async fn new(from: &str, remote: SocketAddr) -> Udp {
        let socket = UdpSocket::bind((from, 0)).await.unwrap();
        Udp { local: socket.local_addr().unwrap(), socket, remote }
    }

    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) {
        self.socket.send_to(bytes.as_ref(), self.remote).await.unwrap();
    }

    pub(crate) async fn receive_bytes(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_535];
        let (length, from) = timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await.expect("an answer").unwrap();
        assert_eq!(from, self.remote, "answers leave by the socket of their interface");
        buffer.truncate(length);
        buffer
    }

    pub(crate) async fn receive(&self) -> String {
        String::from_utf8(self.receive_bytes().await).unwrap()
    }

    pub(crate) async fn request(&self, request: Request<'_>) {
        self.send(request.text("UDP", self.local)).await;
    }

    /// Send and wait for the final response.
    pub(crate) async fn ask(&self, request: Request<'_>) -> String {
        self.request(request).await;
        loop {
            let response = self.receive().await;
            if status(&response) >= 200 {
                return response;
            }
        }
    }
}

/// A connection, by TCP or by something on top of it.
pub(crate) struct Tcp<S = TcpStream> {
    pub(crate) stream: S,
    pub(crate) local: SocketAddr,
    buffer: Vec<u8>,
}

impl Tcp {
    pub(crate) async fn connect(from: &str, remote: SocketAddr) -> Tcp {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from.parse::<std::net::IpAddr>().unwrap(), 0).into()).unwrap();
        Tcp::of(socket.connect(remote).await.unwrap())
    }

    pub(crate) fn of(stream: TcpStream) -> Tcp {
        Tcp::on(stream.local_addr().unwrap(), stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Tcp<S> {
    pub(crate) fn on(local: SocketAddr, stream: S) -> Tcp<S> {
        Tcp { local, stream, buffer: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next whole message.
    pub(crate) async fn receive(&mut self) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            if let Some((header, _)) = text.split_once("\r\n\r\n") {
                let length = header.len() + 4 + field(header, "Content-Length").parse::<usize>().unwrap();
                if self.buffer.len() >= length {
                    return String::from_utf8(self.buffer.drain(..length).collect()).unwrap();
                }
            }
            assert!(self.more().await.unwrap() > 0, "closed after {text:?}");
        }
    }

    /// Exactly these bytes come next.
    pub(crate) async fn expect(&mut self, bytes: &[u8]) {
        while self.buffer.len() < bytes.len() {
            assert!(self.more().await.unwrap() > 0, "closed after {:?}", self.buffer);
        }
        assert_eq!(self.buffer.drain(..bytes.len()).collect::<Vec<_>>(), bytes);
    }

    /// The room closes this connection, without another message.
    pub(crate) async fn expect_close(&mut self) {
        match self.more().await {
            Ok(0) | Err(_) => {}
            Ok(_) => panic!("not closed but {:?}", String::from_utf8_lossy(&self.buffer)),
        }
    }

    async fn more(&mut self) -> io::Result<usize> {
        timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await.expect("something in time")
    }
}
