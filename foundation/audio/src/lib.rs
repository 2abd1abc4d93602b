//! ringdesk-audio
