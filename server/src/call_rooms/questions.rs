//! What a call's desk asks: who answers which question. Each is a task of its own, or goes to the account's desk.

use super::CallRooms;
use crate::call_rules;
use crate::closing;
use crate::desk::Desks;
use crate::devices::reach;
use crate::turns;
use crate::whom::{adopt, program, whom};
use ringdesk_model::{AskId, Clock as _, Language};
use ringdesk_routing::Treatment;
use ringdesk_switchboard::{AccountInput, CallInput};
use ringdesk_voice::{Answer, Listening, PromptRef, Question, Spoken};
use std::time::Duration;

/// How long a caller's file may take before they wait as everybody.
const STANDING: Duration = Duration::from_millis(300);

impl CallRooms {
    /// How this contact waits. A store that does not say so at once makes nobody wait for it: they wait as everybody.
    async fn treatment(&self) -> Treatment {
        let Some(caller) = &self.caller else { return Treatment::default() };
        let (operations, account) = self.desks.dialling.house();
        let asked = operations.treatment(self.desks.clock.now(), account, caller);
        match tokio::time::timeout(STANDING, asked).await {
            Ok(Ok(treatment)) => treatment,
            Ok(Err(fault)) => {
                tracing::warn!(call.id = %self.call, %fault, "a caller waits as everybody: their file could not be read");
                Treatment::default()
            }
            Err(_) => {
                tracing::warn!(call.id = %self.call, "a caller waits as everybody: their file was not read in time");
                Treatment::default()
            }
        }
    }

    /// `Some`: the account's desk answers this.
    pub(super) async fn ask(&mut self, ask: AskId, question: Question) -> Option<AccountInput> {
        let (desks, inbox, call) = (self.desks.clone(), self.inbox.clone(), self.call);
        let outside = self.outside.clone();
        let task = match question {
            Question::Queue(request) => {
                let treatment = self.treatment().await;
                return Some(AccountInput::Queue { call: self.call, ask, request, treatment });
            }
            Question::Place(work_item) => return Some(AccountInput::Place { call: self.call, ask, work_item }),
            Question::Reach(target) => tokio::spawn(async move {
                if !desks.recordings.may_ring(call).await {
                    let order = desks.recordings.operations.id(desks.clock.now());
                    return desks.hang_up(call, order);
                }
                let devices = reach(&desks, call, target, &outside).await;
                let _ = inbox.send(CallInput::Answer(ask, Answer::Devices(devices))).await;
            }),
            Question::Record => {
                let recorded = desks.recordings.record_message(self.call);
                let answer = if recorded { Answer::Recording } else { Answer::Failed };
                desks.tell(self.call, CallInput::Answer(ask, answer));
                return None;
            }
            Question::Rules(request) => {
                let conversation = self.conversation;
                tokio::spawn(async move {
                    let answer = call_rules::of_caller(&desks, (call, conversation), request).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Listen(what) => {
                let ear = self.ear.clone();
                // Before anything else: the caller may speak already.
                if let Listening::Begin(_) = what {
                    ear.begin(&desks, call);
                }
                tokio::spawn(async move {
                    let answer = ear.asked(&desks, call, what).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Closing(wish) => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, closing::by_telephone(&desks, wish).await)).await;
            }),
            Question::Dictate(what) => {
                let dictation = self.dictation.clone();
                tokio::spawn(async move {
                    let answer = match dictation {
                        Some(dictation) => dictation.asked(call, what).await,
                        None => Answer::Failed,
                    };
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Mailbox(what) => {
                let mailbox = self.legs.first().and_then(|leg| desks.mailboxes.of(*leg));
                tokio::spawn(async move {
                    let answer = match mailbox {
                        Some(mailbox) => mailbox.asked(what).await,
                        None => Answer::Failed,
                    };
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Connect { bridge } => tokio::spawn(async move {
                let answer = match desks.recordings.may_connect(call, bridge).await {
                    true => Answer::Recording,
                    false => Answer::Failed,
                };
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
            Question::CallBack(request) => {
                let treatment = self.treatment().await;
                // Whoever hangs up now has said it all the same: nothing takes this back.
                tokio::spawn(async move {
                    let answer = turns::keep_place(&desks, call, request, treatment).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                });
                return None;
            }
            Question::Agent(request) => return Some(AccountInput::Seek { call: self.call, ask, request }),
            Question::Whom { to, by } => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, whom(&desks, to, by).await)).await;
            }),
            Question::Hours(calendar) => {
                let answer = desks.opening_hours.at(desks.clock.now(), calendar);
                desks.tell(self.call, CallInput::Answer(ask, answer.map_or(Answer::Failed, Answer::Hours)));
                return None;
            }
            Question::Program(flow) => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, program(&desks, flow).await)).await;
            }),
            Question::Adopt { leg } => tokio::spawn(async move {
                let answer = adopt(&desks, call, inbox.clone(), leg).await;
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
            Question::Return { leg } => tokio::spawn(async move {
                if let Some(there) = desks.signaling.back(leg).await {
                    let _ = inbox.send(CallInput::Answer(ask, Answer::Back(there))).await;
                }
            }),
            Question::Speak { text, language } => tokio::spawn(async move {
                let answer = speak(&desks, &text, language).await;
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
        };
        self.asks.retain(|_, task| !task.is_finished());
        self.asks.insert(ask, task.abort_handle());
        None
    }
}

async fn speak(desks: &Desks, text: &str, language: Language) -> Answer {
    let prompt = PromptRef::new(&format!("speech/{}", ringdesk_tts::key(text, language)));
    // Many callers hear the same words.
    if let Some(duration) = desks.shelf.renew(&prompt) {
        return Answer::Spoken(Spoken { prompt, duration });
    }
    match desks.speaker.speak(text, language).await {
        Ok(clip) => {
            let duration = clip.duration();
            desks.shelf.put(prompt.clone(), &clip);
            Answer::Spoken(Spoken { prompt, duration })
        }
        Err(fault) => {
            tracing::warn!(%fault, "a text could not be spoken");
            Answer::Failed
        }
    }
}
