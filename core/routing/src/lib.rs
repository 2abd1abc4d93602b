//! ringdesk-routing
