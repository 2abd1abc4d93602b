//! ringdesk-switchboard
