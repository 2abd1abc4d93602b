//! ringdesk-agent-gateway
