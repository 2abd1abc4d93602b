//! ringdesk-properties
