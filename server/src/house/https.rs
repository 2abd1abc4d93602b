//! The secured doors for people.

use crate::certificates::Certificates;
use anyhow::{Context as _, Result};
use axum::Router;
use ringdesk_agent_gateway::{Patience, Proxies};
use std::net::SocketAddr;

/// Bind every address, and serve there; gives where that is.
pub(super) fn serve(
    addresses: &[SocketAddr],
    certificates: &Certificates,
    routes: &Router,
    proxies: &Proxies,
) -> Result<Vec<SocketAddr>> {
    let mut bound = Vec::new();
    for address in addresses {
        let secure = secure_listener(*address).with_context(|| format!("https.listen = {address}"))?;
        bound.push(secure.local_addr()?);
        let (tls, routes, proxies) = (certificates.https(), routes.clone(), proxies.clone());
        tokio::spawn(async move {
            let serving = ringdesk_agent_gateway::serve_secure(secure, tls, routes, Patience::default(), proxies);
            if let Err(fault) = serving.await {
                tracing::error!(%fault, "the HTTPS server ended");
            }
        });
    }
    Ok(bound)
}

/// IPv6 only, where it is IPv6: `[::]` and `0.0.0.0` stand beside each other in a list.
fn secure_listener(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1_024)?;
    tokio::net::TcpListener::from_std(socket.into())
}
