//! Derive macros of Kora: `#[derive(KoraDocument)]` has its place here; no macro exists yet.
