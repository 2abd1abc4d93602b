//! rsipstack, a second SIP stack in Rust: it registers, dials and is dialled.
//!
//! It gives up at a challenge with `algorithm=SHA-256`, which it spells otherwise: the house offers it MD5 only, as an operator
//! of such telephones would.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone, Sound};
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{Dialog, DialogState, DialogStateReceiver, DialogStateSender};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::{Header, Method, StatusCode, Uri};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::endpoint::Endpoint;
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

const MD5_ONLY: &str = "[signaling]\ndigest = [\"MD5\"]\n";
const SOON: Duration = Duration::from_secs(10);

/// A user agent on this stack.
struct Agent {
    user: &'static str,
    server: SocketAddr,
    endpoint: Endpoint,
    dialogs: Arc<DialogLayer>,
    states: DialogStateReceiver,
    tell: DialogStateSender,
    sound: Sound,
    _running: DropGuard,
}

impl Agent {
    async fn start(user: &'static str, server: SocketAddr, hz: f32) -> Result<Agent> {
        let stop = CancellationToken::new();
        let transports = TransportLayer::new(stop.child_token());
        let socket = UdpConnection::create_connection("127.0.0.1:0".parse()?, None, Some(stop.child_token())).await?;
        transports.add_transport(socket.into());
        let endpoint = EndpointBuilder::new()
            .with_user_agent("rsipstack")
            .with_transport_layer(transports)
            .with_cancel_token(stop.child_token())
            .build();
        let serves = endpoint.inner.clone();
        tokio::spawn(async move { serves.serve().await });
        let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        let (tell, states) = dialogs.new_dialog_state_channel();
        let agent = Agent {
            user,
            server,
            endpoint,
            dialogs,
            states,
            tell,
            sound: Sound::open(hz).await?,
            _running: stop.drop_guard(),
        };
        let incoming = agent.endpoint.incoming_transactions()?;
        tokio::spawn(serve(incoming, agent.dialogs.clone(), agent.tell.clone(), agent.contact()?));
        Ok(agent)
    }

    fn contact(&self) -> Result<Uri> {
        let address = self.endpoint.get_addrs().first().context("an address")?.addr.clone();
        Ok(Uri::try_from(format!("sip:{}@{address}", self.user).as_str())?)
    }

    fn uri(&self, user: &str) -> Result<Uri> {
        Ok(Uri::try_from(format!("sip:{user}@{}", self.server).as_str())?)
    }

    fn credential(&self, password: &str) -> Credential {
        Credential { username: self.user.into(), password: password.into(), ..Credential::default() }
    }

    async fn register(&self, password: &str) -> Result<StatusCode> {
        let mut registration = Registration::new(self.endpoint.inner.clone(), Some(self.credential(password)));
        let server = Uri::try_from(format!("sip:{}", self.server).as_str())?;
        Ok(timeout(SOON, registration.register(server, Some(300))).await??.status_code)
    }

    fn offer(&self) -> Vec<u8> {
        format!(
            "v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0 101\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n",
            self.sound.port
        )
        .into_bytes()
    }

    /// Let the sound go where this description wants it.
    fn talk_to(&self, description: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(description);
        let line = |prefix| text.lines().find_map(|l| l.strip_prefix(prefix));
        let host = line("c=IN IP4 ").context("c=")?.trim();
        let port = line("m=audio ").and_then(|l| l.split(' ').next()).context("m=")?;
        self.sound.send_to(format!("{host}:{port}").parse()?);
        Ok(())
    }

    async fn state<T>(&mut self, within: Duration, fits: impl Fn(DialogState) -> Option<T>) -> Result<T> {
        timeout(within, async {
            loop {
                let state = self.states.recv().await.context("the stack has stopped")?;
                if let Some(found) = fits(state) {
                    return Ok(found);
                }
            }
        })
        .await?
    }
}

/// Give every request to its dialog.
async fn serve(mut incoming: TransactionReceiver, dialogs: Arc<DialogLayer>, tell: DialogStateSender, contact: Uri) {
    while let Some(mut transaction) = incoming.recv().await {
        let known = match dialogs.match_dialog(&transaction) {
            Some(Dialog::Invite(dialog)) => Some(dialog),
            _ if transaction.original.method == Method::Invite => {
                dialogs.get_or_create_server_invite(&transaction, tell.clone(), None, Some(contact.clone())).ok()
            }
            _ => None,
        };
        tokio::spawn(async move {
            // What it cannot answer it leaves to our retransmissions; the test then sees what is missing.
            let _ = match known {
                Some(mut dialog) => dialog.handle(&mut transaction).await,
                None => transaction.reply(StatusCode::OK).await,
            };
        });
    }
}

/// Digest by MD5 for REGISTER and INVITE, the echo test, and a wrong password.
///
/// Rows: V1, V3, S12.9
#[tokio::test(flavor = "multi_thread")]
async fn it_registers_dials_and_hears_its_echo() -> Result<()> {
    let centre = Centre::start_with(MD5_ONLY, &[]).await?;
    let agent = Agent::start("2001", centre.sip, 440.0).await?;
    assert_eq!(agent.register("wrong").await?, StatusCode::Unauthorized);
    assert_eq!(centre.figure("signaling_registrations").await?, 0);
    assert_eq!(agent.register(PASSWORD).await?, StatusCode::OK);
    assert_eq!(centre.figure("signaling_registrations").await?, 1);
    let challenged = centre.figure("signaling_challenged_total").await?;

    let invite = InviteOption {
        caller: agent.uri("2001")?,
        callee: agent.uri("1003")?,
        contact: agent.contact()?,
        credential: Some(agent.credential(PASSWORD)),
        offer: Some(agent.offer()),
        ..InviteOption::default()
    };
    let (dialog, reply) = timeout(SOON, agent.dialogs.do_invite(invite, agent.tell.clone())).await??;
    let reply = reply.context("an answer")?;
    ensure!(reply.status_code == StatusCode::OK, "{reply}");
    assert!(centre.figure("signaling_challenged_total").await? > challenged, "an extension proves itself");
    agent.talk_to(&reply.body)?;
    assert!(agent.sound.hears_tone(440.0, Duration::from_secs(20)).await.is_some(), "no echo");
    timeout(SOON, dialog.bye()).await??;
    for figure in ["calls_open", "signaling_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    Ok(())
}

/// It is an agent's telephone: rung, answered, talked to, hung up on.
///
/// Rows: S1.2, V1
#[tokio::test(flavor = "multi_thread")]
async fn it_is_rung_and_answers() -> Result<()> {
    let centre = Centre::start_with(MD5_ONLY, &[]).await?;
    let mut agent = Agent::start("2001", centre.sip, 620.0).await?;
    assert_eq!(agent.register(PASSWORD).await?, StatusCode::OK);
    let login = centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let id = agent.state(SOON, |s| if let DialogState::Calling(id) = s { Some(id) } else { None }).await?;
    let Some(Dialog::Invite(dialog)) = agent.dialogs.get_dialog(&id) else { anyhow::bail!("no dialog {id}") };
    dialog.ringing(None, None)?;
    centre.until(&login, "presence", |p| p["state"] == "offered").await?;
    agent.talk_to(&dialog.initial_request().body)?;
    dialog.accept(Some(vec![Header::ContentType("application/sdp".into())]), Some(agent.offer()))?;
    agent.state(SOON, |s| matches!(s, DialogState::Confirmed(..)).then_some(())).await?;
    caller.sound.clear();
    assert!(agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent does not hear the caller");
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the agent");
    caller.hang_up().await?;
    agent.state(SOON, |s| matches!(s, DialogState::Terminated(..)).then_some(())).await?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    Ok(())
}
