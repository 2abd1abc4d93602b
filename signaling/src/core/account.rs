//! What an operator knows us by: the credentials of a trunk, and the registration that many operators want.
//!
//! A password is known here as it is, since each realm of the operator hashes it anew; it lives in [`Pii`], and leaves
//! only as a digest answer.

use ringdesk_model::Pii;

/// How we prove to a trunk who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkAccount {
    /// Digest user name: the private identity.
    pub username: Pii<String>,
    pub password: Pii<String>,
    /// Answer challenges of this realm only. `None`: of any.
    pub realm: Option<String>,
    /// `None`: the operator knows us by our address.
    pub registration: Option<TrunkRegistration>,
}

/// What we register, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkRegistration {
    /// User part of the address that we register: the public identity, often a number.
    pub user: Pii<String>,
    /// The operator's domain, in Request-URI, From and To. The REGISTER itself goes to [`super::directory::Trunk::outbound`].
    pub domain: String,
    pub expires_seconds: u32,
}
