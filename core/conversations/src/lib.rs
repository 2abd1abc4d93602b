//! ringdesk-conversations
