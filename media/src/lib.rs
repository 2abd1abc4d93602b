//! ringdesk-media
