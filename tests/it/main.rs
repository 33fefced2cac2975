//! The map of the tests: one binary, one module an area.
