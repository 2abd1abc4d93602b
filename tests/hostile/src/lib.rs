//! What the outside may throw at Ringdesk: torture messages, garbage, floods.
//!
//! No code is here. The tests are one binary, `tests/hostile.rs`, and its modules: `torture` (the 49 messages of
//! RFC 4475, each with what becomes of it), `registrations` (those of them that a registrar carries out), `reading` and
//! `machine` (mutated messages against the parser and against the core), `framing` (streams cut anywhere), `sessions`
//! (session descriptions), `sound` and `injection` (packets into a running call), `floods` and `tcp_floods` (the gate and its
//! sockets), `attacks` (what broke other stacks, by UDP and TCP; its table says where each fault is tested), `real_time` (media
//! beside workers that never stop). What one client does wrong on one connection is tested beside the gate itself, in
//! `signaling/tests/gate/hostile.rs`.
//!
//! The messages are in `corpus/`, as bytes.
