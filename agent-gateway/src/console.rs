//! The pages for people: what `console/` was built into. In a release they are part of the binary; a development build reads
//! the folder as it is.
//!
//! A file under `assets/` has its hash in its name and is kept for ever; everything else is asked for again. A path that no file
//! has is the console's own: it shows the page that belongs to it.

use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../console/dist"]
#[allow_missing = true]
struct Built;

/// Scripts are our own files and nothing else. Styles may be made by scripts, as the component library does; they can neither
/// load nor send anything. `blob:` is sound and pictures that the page made itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
                      frame-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The microphone is ours, and what a headset's buttons need; nothing else that a browser could give.
const FEATURES: &str =
    "microphone=(self), speaker-selection=(self), hid=(self), camera=(), geolocation=(), usb=(), serial=(), payment=()";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Instead of the console, where it was not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Ringdesk</title>\
    <h1>The console is not built</h1><p><code>make run</code> builds it. The API is described at \
    <a href=\"/api/docs\">/api/docs</a>.</p></html>";

/// What no route of the API answers.
pub(crate) async fn page(request: Request) -> Response {
    answer(request.method(), request.uri().path(), request.headers(), Built::get)
}

fn answer(method: &Method, path: &str, headers: &HeaderMap, file: impl Fn(&str) -> Option<EmbeddedFile>) -> Response {
    if path == "/api" || path.starts_with("/api/") || !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::not_found("page").into_response();
    }
    let asked = path.trim_start_matches('/');
    let is_asset = asked.starts_with("assets/");
    let name = match file(asked) {
        Some(_) => asked,
        // A file that was there before an update, or a picture that never was: no page.
        None if is_asset || asked.rsplit('/').next().is_some_and(|last| last.contains('.')) => {
            return Problem::not_found("page").into_response();
        }
        None => "index.html",
    };
    let packed = accepts_gzip(headers).then(|| file(&format!("{name}.gz"))).flatten();
    let is_packed = packed.is_some();
    let Some(found) = packed.or_else(|| file(name)) else {
        return (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response();
    };
    let etag =
        format!("\"{}\"", found.metadata.sha256_hash()[..12].iter().map(|b| format!("{b:02x}")).collect::<String>());
    let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Bytes::from(found.data.into_owned()).into_response(),
    };
    let answer = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.insert(name, value);
        }
    };
    put(CONTENT_TYPE, kind(name));
    put(CACHE_CONTROL, if is_asset { FOR_EVER } else { "no-cache" });
    put(CONTENT_SECURITY_POLICY, POLICY);
    put(HeaderName::from_static("permissions-policy"), FEATURES);
    put(ETAG, &etag);
    put(VARY, "accept-encoding");
    if is_packed && !known {
        put(CONTENT_ENCODING, "gzip");
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|field| field.to_str().ok());
    fields.flat_map(|field| field.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_embed::Metadata;
    use std::borrow::Cow;

    fn built(path: &str) -> Option<EmbeddedFile> {
        let text = match path {
            "index.html" => "<!doctype html>the console",
            "assets/app-1a2b.js" => "console.log(1)",
            "assets/app-1a2b.js.gz" => "packed",
            "icon.svg" => "<svg/>",
            _ => return None,
        };
        let metadata = Metadata::__rust_embed_new([path.len() as u8; 32], None, None);
        Some(EmbeddedFile { data: Cow::Borrowed(text.as_bytes()), metadata })
    }

    fn get(path: &str, headers: &[(&'static str, &str)]) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        answer(&Method::GET, path, &headers, built)
    }

    fn field<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn hashed_files_are_kept_for_ever_and_pages_never() {
        for (path, status, kind, kept) in [
            ("/", 200, "text/html; charset=utf-8", "no-cache"),
            ("/calls/17", 200, "text/html; charset=utf-8", "no-cache"),
            ("/icon.svg", 200, "image/svg+xml", "no-cache"),
            ("/assets/app-1a2b.js", 200, "text/javascript; charset=utf-8", FOR_EVER),
            ("/assets/app-old.js", 404, "application/problem+json", ""),
            ("/missing.png", 404, "application/problem+json", ""),
            ("/api/v1/nothing", 404, "application/problem+json", ""),
            ("/../Cargo.toml", 404, "application/problem+json", ""),
        ] {
            let got = get(path, &[]);
            let seen = (got.status().as_u16(), field(&got, "content-type"), field(&got, "cache-control"));
            assert_eq!(seen, (status, kind, kept), "{path}");
        }
        let post = answer(&Method::POST, "/", &HeaderMap::new(), built);
        assert_eq!(post.status(), 404);
    }

    #[test]
    fn no_script_but_ours_runs() {
        let got = get("/", &[]);
        let policy = field(&got, "content-security-policy");
        assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-eval"));
    }

    #[test]
    fn packed_where_it_is_understood_and_not_sent_twice() {
        let packed = get("/assets/app-1a2b.js", &[("accept-encoding", "br, gzip;q=0.8")]);
        assert_eq!((field(&packed, "content-encoding"), field(&packed, "vary")), ("gzip", "accept-encoding"));
        assert_eq!(field(&get("/assets/app-1a2b.js", &[("accept-encoding", "gzip;q=0")]), "content-encoding"), "");
        assert_eq!(field(&get("/", &[("accept-encoding", "gzip")]), "content-encoding"), "");
        let etag = field(&packed, "etag").to_owned();
        let again = get("/assets/app-1a2b.js", &[("accept-encoding", "gzip"), ("if-none-match", &etag)]);
        assert_eq!(again.status(), 304);
    }

    #[test]
    fn without_a_build_it_is_said_how_to_make_one() {
        let got = answer(&Method::GET, "/", &HeaderMap::new(), |_| None);
        assert_eq!(got.status(), 503);
    }
}
