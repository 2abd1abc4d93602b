//! ringdesk-call-control
