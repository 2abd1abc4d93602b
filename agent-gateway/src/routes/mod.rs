//! stub
use crate::Gateway;
pub fn router(_g: Gateway) -> axum::Router {
    axum::Router::new()
}
