//! What was written or said, made findable: the same words for the index and for the question.
//!
//! A text is folded (NFKC, lower case, simplified characters), read as units, and gives **tokens**: Chinese as single
//! characters and overlapping pairs, everything else as words with their first three letters, spoken figures as figures.
//! Every line that holds all tokens of a question is a candidate; whether it really answers is seen on its text
//! ([`Query::hits`]). So tokens carry no order, and an index of keyed hashes of them tells little.
//!
//! What may be somebody's is not found at all: numbers of seven figures or more, typed or spoken (telephone, card, identity
//! card), a line of nothing but figures (a part of a dictated one), e-mail addresses. Neither they nor their parts nor the
//! words they were spoken with become tokens, and [`mask`] hides the same. Who looks for a number looks for the contact.
//!
//! Not here: hashing and storing (`storage`), who may see numbers in full (the caller says it).
//!
//! Reading order: [`folding`], [`units`], [`token`], [`query`], [`snippet`] (what is shown), [`names`] (pinyin), [`sounds`] (found by ear).

mod folding;
mod names;
mod query;
mod snippet;
mod sounds;
mod token;
mod units;

#[cfg(test)]
mod tests;

pub use names::{NameQuery, name_tokens};
pub use query::{Hits, Query, QueryError};
pub use snippet::{Snippet, mask, snippet};
pub use sounds::{Ear, sound_tokens};
pub use token::tokens;

/// One form for what looks or means the same: width, case, traditional and simplified characters. Of a long text the
/// beginning, as everywhere here.
pub fn folded(text: &str) -> String {
    folding::fold(text).iter().map(|letter| letter.c).collect()
}
