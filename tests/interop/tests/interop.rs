//! The server as users run it, with real telephones: scripted ones, SIPp, baresip. One file per subject.

mod interop {
    mod agents;
    mod calls;
}
