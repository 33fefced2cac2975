//! The map of the tests: one binary, one module an area.

mod support; // targets, scripts, rules of comparison, random histories

mod differential; // a real Redis: the scripts on it, and the rig against itself

mod tidy; // the rules of the house, read off the tree
