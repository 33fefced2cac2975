//! The map of the tests: one binary, one module an area.

mod tidy; // the rules of the house, read off the tree
