//! ringdesk-ivr
