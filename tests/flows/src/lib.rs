//! ringdesk-flows
