//! ringdesk-tts
