//! The same methods, awaited.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kora::repository::{AsyncQuery, AsyncRepository, AsyncUpdateOne, Change};
use kora::{Database, SchemaPolicy};

use super::{Note, NotePatch, note};
use crate::support::awaiting::block_on;

fn is_sendable<T: Send>(future: T) -> T {
    future
}

#[test]
fn handles_and_what_they_await_go_to_other_threads() {
    fn is_shareable<T: Send + Sync + Clone + 'static>() {}
    is_shareable::<AsyncRepository<Note>>();
    is_shareable::<AsyncQuery<Note>>();
    is_shareable::<AsyncUpdateOne<Note>>();

    let db = Database::in_memory().asynchronous();
    let counted = block_on(is_sendable(async {
        let notes = db.repository::<Note>().await?;
        let (made, id) = (note("", "made"), String::from("x"));
        // Each by itself, with what it borrows.
        is_sendable(notes.insert(&made)).await?;
        is_sendable(notes.get(&id)).await?;
        is_sendable(notes.update(&id).set(Note::fields().text, "t").apply()).await?;
        is_sendable(notes.all().all()).await?;
        is_sendable(db.transaction(|tx| tx.repository::<Note>()?.count())).await
    }));
    assert_eq!(counted, Ok(1));
}

#[test]
fn documents_are_written_read_and_found() {
    let db = Database::in_memory().asynchronous();
    let f = Note::fields();
    block_on(is_sendable(async {
        let notes = db.repository::<Note>().await?;
        db.repository_with::<Note>(SchemaPolicy::Verify).await?;
        assert_eq!(db.schema_diff::<Note>().await?.changes, []);
        let mut first = note("", "first");
        let id = notes.insert(&mut first).await?;
        assert_eq!((&first.id, first.version), (&id, 1));
        notes.insert_many(&[note("a", "a"), note("b", "b")]).await?;
        assert_eq!(notes.get_many(["a", "x"]).await?.iter().flatten().count(), 1);
        assert_eq!(notes.update("a").add(f.stars, 2).fetch().await?.map(|a| a.version), Some(2));
        assert!(!notes.update("a").only_if(f.stars.gt(2)).set(f.text, "t").apply().await?);
        let patch = NotePatch { text: "p".to_owned().into(), ..NotePatch::default() };
        assert!(notes.patch("b", patch).await?);
        assert_eq!(notes.find(f.slug.eq("b")).one().await?.text, "p");
        assert_eq!(
            notes.scan(f.stars.ge(0)).order_by(f.slug.asc()).limit(2).ids().await?,
            ["a", "b"]
        );
        assert_eq!(
            notes.where_raw("stars = 2").select((f.slug, f.stars)).await?,
            [("a".into(), 2)]
        );
        let page = notes.all().order_by(f.slug.desc()).page(2).await?;
        assert_eq!((page.items.len(), page.next.is_some()), (2, true));
        assert_eq!(notes.count().await?, 3);
        assert!(notes.expire("a", Duration::from_secs(9)).await? && notes.persist("a").await?);
        assert_eq!(notes.scan(f.stars.lt(9)).update_all(&Change::new().add(f.stars, 1)).await?, 3);
        assert!(
            notes.find(f.updated_at.ge(0)).explain().await?.indexes.contains(&"updated_at".into())
        );
        assert_eq!(notes.take("a").await?.map(|a| a.stars), Some(3));
        assert_eq!(notes.all().delete_all().await?, 2);
        kora::Result::Ok(())
    }))
    .expect("each of them succeeds");
}

/// Methods that have no awaited twin, and why.
const ONE_SIDED: &[(&str, &str)] = &[
    ("asynchronous", "leads to the other surface"),
    ("collection", "`synchronous().collection()`: nothing to wait for"),
    ("database", "`synchronous().database()`: nothing to wait for"),
];

#[test]
fn every_method_has_an_awaited_twin() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kora/src/repository");
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a source file");
    let awaited = text("awaited.rs");
    let has = |name: &str| {
        [" ", ") "].iter().any(|before| awaited.contains(&format!("{before}{name}(")))
            || awaited.contains(&format!("fn {name}<"))
    };
    let mut count = 0;
    for file in ["handle.rs", "query.rs", "update.rs"] {
        let text = text(file);
        let own = text.lines().filter(|line| line.starts_with("    "));
        for line in own {
            let Some(rest) = line.trim_start().strip_prefix("pub fn ") else { continue };
            let name = rest.split(['(', '<']).next().expect("a name");
            count += 1;
            let is_one_sided = ONE_SIDED.iter().any(|(other, _)| *other == name);
            let is_of_another_type = ["edit", "new"].contains(&name);
            assert!(is_one_sided || is_of_another_type || has(name), "{file}: {name}");
        }
    }
    assert!(count > 40, "the text is read");
}
