//! What a call becomes: the conversation, its call sheet (CDR), participations, timeline, disposition.
//!
//! Laws and nouns, no machine: plain functions over facts that somebody else has written down. This room knows no SIP,
//! RTP, leg or codec; the server translates call events into [`CallFact`]s. It reads no clock and owns no rows.
//!
//! Reading order: [`conversation`] (the matter), [`call_fact`] (what happened), [`call_sheet`] (the figures folded from it),
//! [`timeline`] (the lines people read), [`disposition`] and [`after_call`] (what the agent says about it),
//! [`text`], [`text_matter`] and [`text_pass`] (what is written to and fro, and by whom), [`text_rates`] (how much of it), [`quick_phrase`] and [`shared_file`] (what is written and sent again and again), [`note`] and [`tag`] (what staff write beside it), [`callback`] and [`unserved`] (what the house owes callers), [`recording_rule`] (when it is recorded),
//! [`satisfaction`] (what they say of it when it is over), [`staff_room`] (what staff write to each other).

pub mod after_call;
pub mod attachment;
pub mod call_fact;
pub mod call_sheet;
pub mod callback;
pub mod conversation;
pub mod disposition;
pub mod note;
pub mod quick_phrase;
pub mod recording_rule;
pub mod satisfaction;
pub mod shared_file;
pub mod staff_room;
pub mod tag;
pub mod talk_figures;
pub mod text;
pub mod text_matter;
pub mod text_pass;
pub mod text_rates;
pub mod timeline;
pub mod track;
pub mod unserved;

pub use after_call::{NOTE_LIMIT, check_note, check_tags, may_finish_wrap_up};
pub use attachment::{ATTACHMENTS, AttachmentKind, FileType, Taken, attachment};
pub use call_fact::{CallFact, SoundFigures, SoundParty, TransferTarget};
pub use call_sheet::{CallSheet, Figures, Participation, QueueSpell, Sound};
pub use callback::{
    CallbackState, PlaceStep, Present, Promise, PromiseStep, check_window, is_overdue, place_step, promise_step,
};
pub use conversation::{Conversation, ConversationCreated, ConversationState};
pub use disposition::{Change, DispositionNode, DispositionTree, Refusal, SetDisposition, set_disposition};
pub use note::{NoteWritten, may_change_note, may_pin_note, note_text};
pub use quick_phrase::{
    Filled, PhraseCategory, PhraseFor, PhraseReader, PhraseRefusal, QuickPhrase, fill_phrase, placed,
};
pub use recording_rule::{RecordingPolicy, RecordingRule, RecordingStart};
pub use ringdesk_model::{ContactNumber, Country, mask_number};
pub use satisfaction::{Aspect, Rating, Survey, check_survey, may_rate, rates_until, rating};
pub use shared_file::{SharedFile, SharedRefusal, SharedVersion, shared_names, shared_title};
pub use staff_room::{StaffRefusal, may_hold, may_say, name_answers, pair, room_name};
pub use tag::{TagUse, TagsChange, choose_tags, tag_group, tag_name};
pub use talk_figures::{TalkFigures, talk_figures};
pub use text::{TextState, TextWritten, may_change_text, may_contact_recall, text_beside_files, text_body, text_name};
pub use text_matter::{Continues, TextManners, TextMatter, TextStep, continues, text_step};
pub use text_pass::{PassMode, PassRefusal, PassTo, may_leave, may_pass, pass_reason, sender};
pub use text_rates::{Allowance, TextRates, check_rates, check_reply, reply_in};
pub use timeline::{Line, LineKind, MessageStep, Speaker, line, message_line};
pub use track::{
    TRACK_BATCH, TrackConsent, TrackKind, TrackRefusal, TrackSaid, clean_address, track_dwell, track_event,
};
pub use unserved::{UnservedKind, unserved};
