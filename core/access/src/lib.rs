//! ringdesk-access
