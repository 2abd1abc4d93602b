//! ringdesk
