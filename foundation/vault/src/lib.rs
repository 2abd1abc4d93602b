//! ringdesk-vault
