//! Why the room could not be opened.

use std::io;
use std::net::IpAddr;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no interface is configured")]
    NoInterface,
    #[error("interface {0}: descriptions need an address; set `advertise`")]
    NoAddress(IpAddr),
    #[error("interface {bind} advertises {advertise}: both must be IPv4 or both IPv6")]
    MixedFamilies { bind: IpAddr, advertise: IpAddr },
    #[error("the port range {0}-{1} holds no pair of ports")]
    NoPorts(u16, u16),
    #[error("cannot start a media thread")]
    Thread(#[source] io::Error),
}
