//! The block log of a call and what is made from it.
