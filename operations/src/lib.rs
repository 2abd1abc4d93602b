//! ringdesk-operations
