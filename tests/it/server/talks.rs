//! What several connections do to each other, against a real redis-server, in RESP2 and RESP3.

use crate::support::redis::Redis;
use crate::support::served::Served;
use crate::support::talk::Talk;

#[test]
fn talks_go_as_with_redis() {
    let Some(redis) = Redis::start() else { return };
    check(&redis, &Served::start());
}

/// Plays all talks to both.
pub(crate) fn check(redis: &Redis, served: &Served) {
    let mut problems = Vec::new();
    for protocol in ["HELLO 2", "HELLO 3"] {
        for talk in Talk::all().iter().filter(|talk| talk.is_for(protocol)) {
            let told = talk.play(protocol, &|| redis.connect());
            let answered = talk.play(protocol, &|| served.connect());
            assert!(!told.is_empty() && told.len() == answered.len(), "{talk:?}");
            let differs = told.iter().zip(&answered).filter(|(told, answered)| told != answered);
            problems.extend(differs.map(|(told, answered)| {
                format!("{protocol}\nRedis: {told:#?}\nKora:  {answered:#?}\n")
            }));
        }
    }
    assert!(problems.is_empty(), "{} differ\n{}", problems.len(), problems.join("\n"));
}
