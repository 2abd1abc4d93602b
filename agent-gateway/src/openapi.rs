//! stub
pub fn json() -> String {
    String::new()
}
