//! One span for each command, with what it does and with what: and with no value.

use std::sync::{Arc, Mutex, PoisonError};

use kora::{Database, cmd};
use kora_tower::{KoraService, TraceCommandsLayer};
use tower::{Service, ServiceBuilder};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down the fields of all spans, a line for each.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    fn note(&self, id: &Id, record: impl FnOnce(&mut Note<'_>)) {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = usize::try_from(id.into_u64()).expect("few spans") - 1;
        record(&mut Note(&mut spans[at]));
    }

    fn spans(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Note<'s>(&'s mut String);

impl Visit for Note<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "kora"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(span.metadata().name().to_owned());
        let id = Id::from_u64(spans.len() as u64);
        drop(spans);
        self.note(&id, |note| span.record(note));
        id
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.note(span, |note| values.record(note));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn event(&self, _event: &Event<'_>) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

#[tokio::test]
async fn a_span_names_the_command_and_the_family() {
    let listener = Listener::default();
    let _guard = tracing::subscriber::set_default(listener.clone());
    let mut engine = ServiceBuilder::new()
        .layer(TraceCommandsLayer::new())
        .service(KoraService::new(Database::in_memory()));
    engine.call(cmd!("hset", "cart:17", "pen", "a secret")).await.expect("room");
    engine.call(cmd!("DOC.CREATE", "users")).await.expect("it is new");
    engine.call(cmd!("GET", "0f3c1e")).await.expect("no such key");
    engine.call(cmd!("GET", "cart:17")).await.expect_err("it is a hash");
    let kora = "kora.command db.system.name=\"kora\" db.operation.name=";
    let wrong_type = "Operation against a key holding the wrong kind of value";
    assert_eq!(
        listener.spans(),
        [
            format!("{kora}\"HSET\" db.collection.name=\"cart\""),
            format!("{kora}\"DOC.CREATE\" db.collection.name=\"users\""),
            format!("{kora}\"GET\""),
            format!("{kora}\"GET\" db.collection.name=\"cart\" error.type={wrong_type}"),
        ]
    );
}
