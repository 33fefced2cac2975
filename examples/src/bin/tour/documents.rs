//! Documents: cities as a type of one's own, earthquakes as the nested GeoJSON they come in; found
//! by what is in them, with how each answer was come by.

use std::time::Duration;

use kora::{Collection, Command, Database, DocumentError, Error, Index, Update, cmd};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Result, expect, megabytes, section, step, text, timed};

#[derive(Debug, Deserialize, Serialize)]
struct City {
    name: String,
    country: String,
    region: String,
    latitude: f64,
    longitude: f64,
}

pub(crate) fn documents(db: &Database, cities: &[Value], quakes: &[Value]) -> Result<()> {
    section("Documents: the cities as a Rust type");
    load_cities(db, cities)?;
    find_cities(db)?;
    section("Documents: earthquakes as they come, objects in objects");
    load_quakes(db, quakes)?;
    find_quakes(db)?;
    section("Documents that change");
    change(db)?;
    section("Documents by raw commands");
    commands(db)
}

fn load_cities(db: &Database, cities: &[Value]) -> Result<()> {
    let collection = db.create_collection("cities")?;
    let city = |city: &Value| -> Result<City> {
        Ok(City {
            name: text(city, "name").to_owned(),
            country: text(city, "country").to_owned(),
            region: text(city, "admin1").to_owned(),
            latitude: text(city, "lat").parse()?,
            longitude: text(city, "lng").parse()?,
        })
    };
    let cities = cities.iter().map(city).collect::<Result<Vec<_>>>()?;
    timed(cities.len(), "inserted", || {
        for (number, city) in cities.iter().enumerate() {
            collection.insert(&number.to_string(), city)?;
        }
        Ok(())
    })?;
    for index in [
        Index::hash("country"),
        Index::sorted("latitude"),
        Index::sorted("country").and("name").named("by_name"),
    ] {
        collection.create_index(index)?;
    }
    let names: Vec<String> = collection.indexes().into_iter().map(|index| index.name).collect();
    println!("  indexed, while others could read and write: {}", names.join(", "));
    println!("  {:.1} MB with the indexes", megabytes(collection.used_memory()));
    Ok(())
}

fn find_cities(db: &Database) -> Result<()> {
    let cities = db.collection("cities")?;
    let accra: Option<City> = cities.find("country = 'GH' AND name = 'Accra'").first()?;
    let accra = accra.ok_or("Ghana has Accra")?;
    println!("  {} lies at {}, {}", accra.name, accra.latitude, accra.longitude);
    show(&cities, "country = 'GH' AND name STARTS WITH 'Acc'", "name", "*")?;
    show(&cities, "latitude > 78", "latitude DESC", "name, latitude")?;
    let polar = "country IN ('NO', 'RU', 'CA') AND latitude >= 70";
    show(&cities, polar, "latitude DESC", "name, country")?;
    show(&cities, "NOT country = 'RU'", "latitude DESC", "name, latitude")?;
    let ghana = step("count the places in Ghana", || Ok(cities.count("country = 'GH'")?))?;
    expect(ghana > 100, "Ghana has more than a hundred places")?;

    let (mut pages, mut rows, mut page) = (0, 0, cities.find("country = 'GH'").order_by("name"));
    loop {
        let found = page.clone().limit(100).page::<City>()?;
        (pages, rows) = (pages + 1, rows + found.items.len() as u64);
        let Some(next) = found.next else { break };
        page = page.after(next);
    }
    println!("  {rows} of them on {pages} pages");
    expect(rows == ghana, "the pages have every place once")
}

fn load_quakes(db: &Database, quakes: &[Value]) -> Result<()> {
    let collection = db.create_collection("quakes")?;
    for index in [
        Index::sorted("properties.mag").named("magnitude"),
        Index::hash("properties.net").named("network"),
        Index::unique("properties.code").and("properties.net").named("code"),
        Index::sorted("properties.felt").named("felt"),
    ] {
        collection.create_index(index)?;
    }
    timed(quakes.len(), "inserted with four indexes", || {
        for quake in quakes {
            collection.insert(text(quake, "id"), quake)?;
        }
        Ok(())
    })?;
    expect(collection.len()? == quakes.len() as u64, "every earthquake is there")
}

fn find_quakes(db: &Database) -> Result<()> {
    let quakes = db.collection("quakes")?;
    let shown = "properties.mag, properties.place";
    show(&quakes, "properties.mag >= 5", "properties.mag DESC", shown)?;
    let near =
        "properties.net = 'ci' AND properties.mag BETWEEN 2 AND 4 AND NOT properties.felt > 0";
    show(&quakes, near, "properties.mag DESC", shown)?;
    show(
        &quakes,
        "properties.felt > 0",
        "properties.sig DESC",
        "properties.felt, properties.place",
    )?;
    show(&quakes, "properties.alert IS NULL AND properties.tsunami = 1", "", shown)?;
    let twice: Value = quakes.find("*").first()?.ok_or("there are earthquakes")?;
    match quakes.insert("the same again", &twice) {
        Err(Error::Document(error)) if matches!(*error, DocumentError::NotUnique(_)) => {
            println!("  refused: {error}");
            Ok(())
        }
        other => Err(format!("not so: a unique code is refused, but {other:?}").into()),
    }
}

fn change(db: &Database) -> Result<()> {
    let quakes = db.collection("quakes")?;
    let review = Update::new()
        .set("review.by", "ann")?
        .push("review.notes", "checked")?
        .add("review.times", 1)
        .only_if("properties.status = 'automatic'");
    let count = step("note a review where nobody has looked yet", || {
        Ok(quakes.find("properties.mag >= 2").update(&review)?)
    })?;
    println!("  {count} of {} were changed", quakes.count("properties.mag >= 2")?);
    expect(count > 0 && quakes.count("review.times = 1")? == count, "they have a review")?;

    let small = "properties.mag < 0.5";
    let before = quakes.len()?;
    let gone = step("delete the smallest", || Ok(quakes.find(small).delete()?))?;
    expect(quakes.len()? == before - gone && quakes.count(small)? == 0, "they are gone")?;
    println!("  {gone} are gone");

    // A document, a counter and a list change in one step, or none of them does.
    db.transaction(|tx| {
        let strongest =
            tx.collection("quakes")?.find::<Value>("*", "properties.mag DESC", Some(1))?;
        for (id, _) in strongest {
            tx.collection("quakes")?.update(&id, &Update::new().set("alarm", true)?)?;
            tx.incr("alarms")?;
            tx.rpush("alarmed", [id])?;
        }
        Ok(())
    })?;
    let alarmed = db.lrange("alarmed", 0, -1)?;
    expect(quakes.count("alarm = true")? == alarmed.len() as u64, "both have happened")?;

    let news = db.create_collection("news")?;
    let id = news.add(&serde_json::json!({"title": "a document that goes by itself"}))?;
    expect(news.expire(&id, Duration::from_secs(60))?, "it is there")?;
    println!("  {id} has {:?} to live", news.ttl(&id)?.unwrap_or_default());
    Ok(())
}

/// What the methods wrote the commands find: it is one database.
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
    let Err(error) = db.execute(cmd!("DOC.FIND", "cities", "country = GH")) else {
        return Err("not so: it is a mistake".into());
    };
    println!("A mistake is said where it is: {error}");
    Ok(())
}

/// Asks for three rows, and prints them and how they were found.
fn show(collection: &Collection, condition: &str, order: &str, shown: &str) -> Result<()> {
    let find = collection.find(condition).order_by(order).limit(3).select(shown);
    let ordered = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
    println!("  {condition}{ordered}");
    let found = find.documents()?;
    expect(!found.is_empty(), "the query finds something")?;
    for document in found {
        println!("    {}", document.json()?);
    }
    println!("    by {}", find.explain()?);
    Ok(())
}
