//! ringdesk-language
