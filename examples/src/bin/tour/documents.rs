//! Documents: cities and earthquakes as Rust structs, found by their fields, with how each answer was
//! come by; and the same documents by raw commands, which are held to what the structs declare.

use std::time::Duration;

use kora::repository::{Change, Query};
use kora::{Command, Database, DocumentError, Error, KoraDocument, KoraEmbed, Repository, cmd};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Result, expect, megabytes, section, step, text, timed};

#[derive(Debug, Deserialize, Serialize, KoraDocument)]
#[kora(collection = "cities", index(country, name, name = "by_name"))]
struct City {
    #[kora(id)]
    id: u64,
    name: String,
    #[kora(index)]
    country: String,
    region: String,
    #[kora(index)]
    latitude: f64,
    longitude: f64,
}

/// An earthquake in the words of GeoJSON, and what this program notes about it.
#[derive(Debug, Deserialize, Serialize, KoraDocument)]
#[kora(collection = "quakes")]
struct Quake {
    #[kora(id)]
    id: String,
    #[kora(embed)]
    properties: Properties,
    geometry: Value,
    #[serde(default)]
    #[kora(embed)]
    review: Review,
    #[serde(default)]
    alarm: bool,
    #[serde(default)]
    #[kora(version)]
    version: u64,
    #[serde(default)]
    #[kora(updated_at)]
    updated_at: i64,
}

#[derive(Debug, Deserialize, Serialize, KoraEmbed)]
struct Properties {
    #[kora(index)]
    mag: f64,
    place: String,
    #[kora(index)]
    felt: Option<u32>,
    alert: Option<String>,
    status: String,
    tsunami: u8,
    sig: u32,
    #[kora(index = hash)]
    net: String,
    #[kora(unique)]
    code: String,
}

#[derive(Debug, Default, Deserialize, Serialize, KoraEmbed)]
struct Review {
    by: String,
    notes: Vec<String>,
    times: u32,
}

/// A notice that goes by itself.
#[derive(Debug, Deserialize, Serialize, KoraDocument)]
#[kora(collection = "news", ttl = "1h")]
struct Notice {
    #[kora(id(auto = ulid))]
    id: String,
    title: String,
    #[kora(index)]
    tags: Vec<String>,
    read: u32,
}

pub(crate) fn documents(db: &Database, cities: &[Value], quakes: &[Value]) -> Result<()> {
    section("Documents: the cities as a Rust type");
    let cities = load_cities(db, cities)?;
    find_cities(&cities)?;
    section("Documents: earthquakes, structs in structs");
    let quakes = load_quakes(db, quakes)?;
    find_quakes(&quakes)?;
    section("Documents that change");
    change(db, &quakes)?;
    section("Documents by raw commands");
    commands(db)?;
    rules_hold(db, &quakes)
}

fn load_cities(db: &Database, cities: &[Value]) -> Result<Repository<City>> {
    let city = |(id, city): (u64, &Value)| -> Result<City> {
        Ok(City {
            id,
            name: text(city, "name").to_owned(),
            country: text(city, "country").to_owned(),
            region: text(city, "admin1").to_owned(),
            latitude: text(city, "lat").parse()?,
            longitude: text(city, "lng").parse()?,
        })
    };
    let cities = (0..).zip(cities).map(city).collect::<Result<Vec<_>>>()?;
    // The collection and its indexes come from the struct.
    let repository = db.repository::<City>()?;
    timed(cities.len(), "inserted with three indexes", || {
        repository.insert_many(&cities)?;
        Ok(())
    })?;
    let collection = repository.collection();
    let names: Vec<String> = collection.indexes().into_iter().map(|index| index.name).collect();
    println!("  indexed by {}", names.join(", "));
    println!("  {:.1} MB with the indexes", megabytes(collection.used_memory()));
    Ok(repository)
}

fn find_cities(cities: &Repository<City>) -> Result<()> {
    let f = City::fields();
    // `find` compiles only where an index serves the filter; `scan` looks at everything.
    let accra = cities.find(f.by_name.eq(("GH", "Accra"))).first()?.ok_or("Ghana has Accra")?;
    println!("  {} lies at {}, {}", accra.name, accra.latitude, accra.longitude);
    let names = |city: &City| format!("{} in {}, at {}", city.name, city.country, city.latitude);
    let of_ghana = cities.find(f.country.eq("GH").and(f.name.starts_with("Acc")));
    show("places in Ghana that begin with Acc", &of_ghana.order_by(f.name.asc()), names)?;
    let north = cities.find(f.latitude.gt(78.0)).order_by(f.latitude.desc());
    show("beyond 78 degrees north", &north, names)?;
    let polar = f.country.in_list(["NO", "RU", "CA"]).and(f.latitude.ge(70.0));
    show("in the north of three countries", &cities.find(polar), names)?;
    let not_russian = cities.scan(f.country.eq("RU").not()).order_by(f.latitude.desc());
    show("the northernmost outside of Russia", &not_russian, names)?;
    let ghana =
        step("count the places in Ghana", || Ok(cities.find(f.country.eq("GH")).count()?))?;
    expect(ghana > 100, "Ghana has more than a hundred places")?;

    let all = cities.find(f.country.eq("GH")).order_by(f.name.asc());
    let (mut pages, mut rows, mut page) = (1, 0, all.page(100)?);
    loop {
        rows += page.items.len() as u64;
        let Some(next) = page.next else { break };
        (pages, page) = (pages + 1, all.clone().after(next).page(100)?);
    }
    println!("  {rows} of them on {pages} pages");
    expect(rows == ghana, "the pages have every place once")
}

fn load_quakes(db: &Database, quakes: &[Value]) -> Result<Repository<Quake>> {
    let quakes: std::result::Result<Vec<Quake>, _> =
        quakes.iter().map(Quake::deserialize).collect();
    let quakes = quakes?;
    let repository = db.repository::<Quake>()?;
    timed(quakes.len(), "inserted with four indexes", || {
        repository.insert_many(&quakes)?;
        Ok(())
    })?;
    expect(repository.count()? == quakes.len() as u64, "every earthquake is there")?;
    Ok(repository)
}

fn find_quakes(quakes: &Repository<Quake>) -> Result<()> {
    let f = Quake::fields();
    let p = f.properties;
    let line = |quake: &Quake| format!("{} {}", quake.properties.mag, quake.properties.place);
    let by_size = p.mag.desc();
    show("of magnitude 5 and more", &quakes.find(p.mag.ge(5.0)).order_by(by_size.clone()), line)?;
    let quiet = p.net.eq("ci").and(p.mag.between(2.0, 4.0)).and(p.felt.gt(0).not());
    show("in California, unnoticed", &quakes.find(quiet).order_by(by_size), line)?;
    let felt = |quake: &Quake| {
        let people = quake.properties.felt.unwrap_or(0);
        format!("{} was felt by {people}", quake.properties.place)
    };
    show("felt by somebody", &quakes.find(p.felt.gt(0)).order_by(p.sig.desc()), felt)?;
    let waves = quakes.scan(p.alert.is_none().and(p.tsunami.eq(1)));
    show("at the sea, without an alert", &waves, line)?;
    // Two fields of each, read without the rest.
    for (place, sig) in quakes.all().order_by(p.sig.desc()).limit(2).select((p.place, p.sig))? {
        println!("    of significance {sig}: {place}");
    }
    let twice = quakes.all().first()?.ok_or("there are earthquakes")?;
    refused(quakes.insert(&Quake { id: "the same again".into(), ..twice }), |error| {
        matches!(error, DocumentError::NotUnique(_))
    })
}

fn change(db: &Database, quakes: &Repository<Quake>) -> Result<()> {
    let f = Quake::fields();
    let p = f.properties;
    let review = Change::new()
        .set(f.review.by, "ann")
        .push(f.review.notes, "checked")
        .add(f.review.times, 1)
        .only_if(p.status.eq("automatic"));
    let count = step("note a review where nobody has looked yet", || {
        Ok(quakes.find(p.mag.ge(2.0)).update_all(&review)?)
    })?;
    println!("  {count} of {} were changed", quakes.find(p.mag.ge(2.0)).count()?);
    let reviewed = quakes.scan(f.review.times.eq(1)).count()?;
    expect(count > 0 && reviewed == count, "they have a review")?;

    let (small, before) = (quakes.find(p.mag.lt(0.5)), quakes.count()?);
    let gone = step("delete the smallest", || Ok(small.delete_all()?))?;
    expect(quakes.count()? == before - gone && !small.exists()?, "they are gone")?;
    println!("  {gone} are gone");

    let mut copy = quakes.find(p.mag.ge(5.0)).first()?.ok_or("there was a large one")?;
    quakes.update(&copy.id).add(f.review.times, 1).if_version(copy.version).apply()?;
    copy.properties.status = "deleted".into();
    refused(quakes.save(&copy), |error| matches!(error, DocumentError::VersionConflict { .. }))?;

    // A document, a counter and a list change in one step, or none of them does.
    db.transaction(|tx| {
        let quakes = tx.repository::<Quake>()?;
        for id in quakes.all().order_by(p.mag.desc()).limit(1).ids()? {
            quakes.update(&id).set(f.alarm, true).apply()?;
            tx.incr("alarms")?;
            tx.rpush("alarmed", [id])?;
        }
        Ok(())
    })?;
    let alarmed = db.lrange("alarmed", 0, -1)?;
    expect(quakes.scan(f.alarm.eq(true)).count()? == alarmed.len() as u64, "both have happened")?;

    let news = db.repository::<Notice>()?;
    let mut notice =
        Notice { id: String::new(), title: "here for an hour".into(), tags: Vec::new(), read: 0 };
    // Given `&mut`, the notice gets the id that was made for it.
    news.insert(&mut notice)?;
    let hour = news.ttl(&notice.id)?;
    expect(hour.is_some_and(|left| left > Duration::from_secs(3000)), "it has an hour to live")?;
    expect(news.expire(&notice.id, Duration::from_secs(60))?, "it is there")?;
    println!("  {} has {:?} to live", notice.id, news.ttl(&notice.id)?.unwrap_or_default());
    Ok(())
}

/// What the structs wrote the commands find: it is one database.
fn commands(db: &Database) -> Result<()> {
    let condition = "country = \"GH\" AND name STARTS WITH \"Acc\"";
    let ordered = ["DOC.FIND", "cities", condition, "ORDER", "BY", "name", "LIMIT", "2"];
    let explained = [&["DOC.EXPLAIN"], &ordered[1..]].concat();
    let lines: [&[&str]; 8] = [
        &[&ordered[..], &["SELECT", "name"]].concat(),
        &explained,
        &["DOC.COUNT", "quakes", "properties.mag >= 5"],
        &["DOC.INSERT", "news", "first", r#"{"title":"Quiet week","tags":["earth"],"read":0}"#],
        &["DOC.UPDATE", "news", "first", "PUSH", "tags", r#""quakes""#],
        &["DOC.UPDATE", "news", "first", "ADD", "read", "1", "IF", "tags CONTAINS 'quakes'"],
        &["DOC.GET", "news", "first"],
        &["DOC.INDEXES", "quakes"],
    ];
    for words in lines {
        println!("> {}\n{}\n", words.join(" "), db.execute(Command::from_words(words))?);
    }
    let news = db.repository::<Notice>()?;
    let of_quakes = news.find(Notice::fields().tags.contains("quakes")).one()?;
    println!("The struct that the commands made: {of_quakes:?}");
    expect(of_quakes.read == 1 && news.ttl("first")?.is_some(), "it is a notice like any other")?;
    let Err(error) = db.execute(cmd!("DOC.FIND", "cities", "country = GH")) else {
        return Err("not so: it is a mistake".into());
    };
    println!("A mistake is said where it is: {error}");
    Ok(())
}

/// Commands are held to what the struct declares: unique values, the version, the times.
fn rules_hold(db: &Database, quakes: &Repository<Quake>) -> Result<()> {
    let f = Quake::fields();
    let [id, other] = &quakes.all().limit(2).ids()?[..] else {
        return Err("not so: there are two earthquakes".into());
    };
    let before = quakes.require(id)?;
    db.execute(cmd!("DOC.UPDATE", "quakes", id, "SET", "properties.status", "\"seen\""))?;
    let after = quakes.require(id)?;
    println!("  {id} is {}, version {}", after.properties.status, after.version);
    expect(after.properties.status == "seen", "the repository sees what the command wrote")?;
    expect(after.version == before.version + 1, "it counted the version up")?;
    expect(after.updated_at >= before.updated_at, "and wrote the time")?;
    refused(quakes.save(&before), |error| matches!(error, DocumentError::VersionConflict { .. }))?;

    let forged = cmd!("DOC.UPDATE", "quakes", id, "SET", "version", "1");
    refused(db.execute(forged), |error| matches!(error, DocumentError::VersionConflict { .. }))?;
    let code = quakes.pluck(other, f.properties.code)?.ok_or("it is there")?;
    let code = format!("\"{code}\"");
    let taken = cmd!("DOC.UPDATE", "quakes", id, "SET", "properties.code", &code);
    refused(db.execute(taken), |error| matches!(error, DocumentError::NotUnique(_)))?;
    expect(quakes.require(id)?.version == after.version, "what was refused changed nothing")
}

/// Prints an error, which must be this one.
fn refused<R>(result: kora::Result<R>, is_it: impl Fn(&DocumentError) -> bool) -> Result<()> {
    match result {
        Err(Error::Document(error)) if is_it(&error) => {
            println!("  refused: {error}");
            Ok(())
        }
        Err(error) => Err(format!("not so: refused for another reason: {error}").into()),
        Ok(_) => Err("not so: it is refused".into()),
    }
}

/// Asks for three rows, and prints them and how they were found.
fn show<D: KoraDocument>(what: &str, query: &Query<D>, line: impl Fn(&D) -> String) -> Result<()> {
    println!("  {what}");
    let first = query.clone().limit(3);
    let found = first.all()?;
    expect(!found.is_empty(), "the query finds something")?;
    for document in &found {
        println!("    {}", line(document));
    }
    println!("    by {}", first.explain()?);
    Ok(())
}
