//! ringdesk-hostile
