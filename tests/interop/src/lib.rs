//! ringdesk-interop
