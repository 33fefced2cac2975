//! The fixtures with schemas: members as they were declared first, and as they are declared now.

use std::time::Duration;

use kora::{Command, Database, KoraDocument, KoraEmbed, SchemaPolicy, Update, cmd};
use serde::{Deserialize, Serialize};

use super::NOW_MS;

mod before {
    use super::*;

    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "members", index(city, age), unique(city, nick, when = "age >= 18"))]
    pub(super) struct Member {
        #[kora(id)]
        pub(super) id: String,
        #[kora(unique)]
        pub(super) email: String,
        #[kora(index)]
        pub(super) city: String,
        pub(super) age: u32,
        pub(super) nick: Option<String>,
        #[kora(index)]
        pub(super) tags: Vec<String>,
        pub(super) old: bool,
        #[kora(version)]
        pub(super) version: u64,
        #[kora(created_at)]
        pub(super) created_at: i64,
    }

    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "pairs", id(left, right))]
    pub(super) struct Pair {
        pub(super) left: u32,
        pub(super) right: i64,
    }
}

mod after {
    use super::*;

    /// With a field that has another name, an index of another kind, wider numbers, new fields of
    /// all roles, and one that is gone.
    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(
        collection = "members",
        ttl = "30d",
        index(place, age),
        unique(place, nick, when = "age >= 18")
    )]
    pub(super) struct Member {
        #[kora(id)]
        pub(super) id: String,
        #[kora(unique)]
        pub(super) email: String,
        #[kora(index = sorted, renamed_from = "city")]
        pub(super) place: String,
        pub(super) age: u64,
        pub(super) nick: Option<String>,
        #[kora(index)]
        pub(super) tags: Vec<String>,
        #[serde(default)]
        #[kora(embed)]
        pub(super) pets: Vec<Pet>,
        #[kora(version)]
        pub(super) version: u64,
        #[kora(created_at)]
        pub(super) created_at: i64,
        #[serde(default)]
        #[kora(updated_at, index)]
        pub(super) updated_at: i64,
        #[kora(expires_at)]
        pub(super) expires_at: Option<i64>,
    }

    #[derive(Serialize, Deserialize, KoraEmbed)]
    pub(super) struct Pet {
        #[kora(index)]
        pub(super) name: String,
        pub(super) legs: u8,
    }
}

/// Members as they were declared first.
pub(super) fn fill(db: &Database) {
    let members = db.repository::<before::Member>().expect("a new collection");
    for number in 0..24_u32 {
        let member = before::Member {
            id: format!("m{number:02}"),
            email: format!("m{number}@example.org"),
            city: format!("city {}", number % 4),
            age: number * 2,
            nick: (number % 3 > 0).then(|| format!("nick {number}")),
            tags: vec![format!("t{}", number % 5)],
            old: number > 20,
            version: 0,
            created_at: 0,
        };
        members.insert(&member).expect("a new member");
    }
    members.delete("m05").expect("it is recorded");
    let pairs = db.repository::<before::Pair>().expect("a new collection");
    pairs.insert(&before::Pair { left: 1, right: -1 }).expect("a new pair");
    pairs.insert(&before::Pair { left: u32::MAX, right: i64::MIN }).expect("a new pair");
}

/// Members as they are declared now, and changes by several doors.
pub(super) fn change(db: &Database) {
    let members = db.repository::<after::Member>().expect("additive");
    let f = after::Member::fields();
    let pet = after::Pet { name: "rex".into(), legs: 4 };
    members.update("m01").push(f.pets.whole(), pet).add(f.age, 1).apply().expect("a member");
    members.update("m02").set(f.expires_at, NOW_MS + 86_400_000).apply().expect("a member");
    members.expire("m03", Duration::from_secs(3600)).expect("a member");
    let raw = Update::new().set("nick", "raw").expect("a text");
    assert!(members.collection().update("m04", &raw).expect("a member"));
    let command = cmd!("DOC.UPDATE", "members", "m06", "PUSH", "tags", "\"more\"");
    db.execute(command).expect("a member");
    let member = r#"{"email":"new@example.org","place":"city 9","age":70,"tags":[]}"#;
    db.execute(Command::from_words(["DOC.SET", "members", "new", member])).expect("a member");
}

/// What was declared holds again, and is what is declared here.
#[track_caller]
pub(super) fn check(db: &Database) {
    db.repository_with::<before::Pair>(SchemaPolicy::Verify).expect("no difference");
    let members = db.repository_with::<after::Member>(SchemaPolicy::Verify).expect("no difference");
    let f = after::Member::fields();
    let one = members.require("m01").expect("a member");
    assert_eq!((one.version, one.age, one.pets.len(), one.updated_at), (2, 3, 1, NOW_MS));
    assert_eq!(members.find(f.pets.name.eq("rex")).count(), Ok(1));
    assert_eq!(members.find(f.place.ge("city 3")).count(), Ok(7));
    assert_eq!(members.find(f.place_age.eq(("city 2", 4))).ids(), Ok(vec!["m02".to_owned()]));
    let kept = members.require("m02").expect("a member");
    assert_eq!((kept.expires_at, kept.version), (Some(NOW_MS + 86_400_000), 2));
    assert_eq!(members.ttl("m03"), Ok(Some(Duration::from_secs(3600))));
    let new = members.require("new").expect("a member");
    assert_eq!((&*new.id, new.version, new.created_at), ("new", 1, NOW_MS));
    let gone = members.collection().count("old = true");
    assert_eq!(gone, Ok(3), "what is no longer declared stays");
    // And for every write that comes.
    let taken = members.update("m06").set(f.email, "new@example.org").apply();
    assert!(taken.is_err(), "unique values are held to");
    let forged = Update::new().set("version", 9).expect("a number");
    assert!(members.collection().update("m01", &forged).is_err(), "a version has no setter");
    let members = members.collection();
    members.update("m06", &Update::new().set("age", 13).expect("a number")).expect("a member");
    assert_eq!(members.count("id = 'm06' AND version = 3"), Ok(1));
}
