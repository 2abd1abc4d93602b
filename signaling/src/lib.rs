//! ringdesk-signaling
