//! ringdesk-storage
