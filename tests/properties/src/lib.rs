//! Model-based tests: a machine against a simple and slow one that anybody can check by reading.
//!
//! Nothing lives here; the tests stand in `tests/properties/`, one module per machine.
