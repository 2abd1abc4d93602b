//! ringdesk-tidy
