//! Rules of the house that a machine checks: who may stand on whom, how long a file is, which licences come in,
//! that pure rooms are pure and that every room has a front page. The tests are in `tests/tidy.rs`.
