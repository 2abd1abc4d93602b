//! The description of the API, and a page to read it by. Nothing on the page comes from elsewhere.

use crate::routes::described;
use axum::response::Html;
use utoipa::openapi::OpenApi;

/// The description, as it is committed.
pub fn json() -> String {
    let (_, description) = described().split_for_parts();
    finish(description).to_pretty_json().unwrap_or_default()
}

pub(crate) fn finish(mut description: OpenApi) -> OpenApi {
    description.info.title = "Ringdesk".into();
    description.info.contact = None; // the library's author, without this
    description.info.version = env!("CARGO_PKG_VERSION").into();
    description.info.description = Some("Sign in at /api/v1/auth/login; then `Authorization: Bearer`.".into());
    description
}

pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("openapi.html"))
}
