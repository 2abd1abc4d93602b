//! The description of the API, and a page to read it by. Nothing on the page comes from elsewhere.

use crate::routes::described;
use axum::response::Html;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, PathItem, RefOr, Required};

/// The description, as it is committed.
pub fn json() -> String {
    let (_, description) = described().split_for_parts();
    finish(description).to_pretty_json().unwrap_or_default()
}

pub(crate) fn finish(mut description: OpenApi) -> OpenApi {
    name_operations(&mut description);
    description.info.title = "Ringdesk".into();
    description.info.contact = None; // the library's author, without this
    description.info.version = env!("CARGO_PKG_VERSION").into();
    description.info.description = Some("Sign in at /api/v1/auth/login; then `Authorization: Bearer`.".into());
    description
}

/// Operations are named by method and path, as no two of them share both; their functions' names do not tell `list` from `list`.
fn name_operations(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let words: Vec<String> = path
            .trim_start_matches("/api/v1/")
            .trim_start_matches("accounts/{account_id}/")
            .split('/')
            .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => format!("by_{name}"),
                None => part.to_owned(),
            })
            .collect();
        let PathItem { get, put, post, delete, patch, .. } = item;
        for (method, operation) in [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)] {
            if let Some(operation) = operation {
                // What the path has no place for stands behind it.
                for parameter in operation.parameters.iter_mut().flatten() {
                    let RefOr::T(parameter) = parameter else { continue };
                    if !path.contains(&format!("{{{}}}", parameter.name)) {
                        parameter.parameter_in = ParameterIn::Query;
                        parameter.required = Required::False;
                    }
                }
                operation.operation_id = Some(format!("{method}_{}", words.join("_")));
            }
        }
    }
}

pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("openapi.html"))
}
