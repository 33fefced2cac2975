//! What the derives say to the compiler's user: one case a mistake, and programs that must compile.
//!
//! The texts are those of one compiler; another may say the same in other words.

/// The names of the cases are the mistakes. `TRYBUILD=overwrite` writes the texts anew: read them.
#[test]
fn wrong_declarations_and_uses_are_answered_in_words() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn right_declarations_compile_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
