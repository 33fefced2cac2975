//! Kora in Tower and axum services: the layer and its extractors have their place here; none exists yet.
