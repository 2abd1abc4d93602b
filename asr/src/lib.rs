//! Speech to text: engines behind one trait.
