// ioredis against a server: `node ioredis.mjs PORT`. What it prints last says that all was well.

import assert from "node:assert/strict";
import Redis from "ioredis";

const redis = new Redis({ port: Number(process.argv[2]), db: 4, maxRetriesPerRequest: 1 });
await redis.flushdb();
assert.equal(await redis.set("greeting", "hello", "EX", 60), "OK");
assert.equal(await redis.get("greeting"), "hello");
assert.equal(await redis.get("missing"), null);
assert.deepEqual(await redis.getBuffer("greeting"), Buffer.from("hello"));
assert.equal(await redis.incrby("n", 5), 5);
assert.equal(await redis.hset("user", { name: "ann", city: "Accra" }), 2);
assert.deepEqual(await redis.hgetall("user"), { name: "ann", city: "Accra" });
assert.equal(await redis.rpush("queue", "a", "b", "c"), 3);
assert.deepEqual(await redis.lrange("queue", 0, -1), ["a", "b", "c"]);
assert.equal(await redis.zadd("board", 1.5, "ann", 2.5, "bob"), 2);
assert.deepEqual(await redis.zrange("board", 0, -1, "WITHSCORES"), ["ann", "1.5", "bob", "2.5"]);
// Many calls at once go as one pipeline.
const counts = await Promise.all(Array.from({ length: 500 }, () => redis.incr("count")));
assert.deepEqual(counts, Array.from({ length: 500 }, (_, at) => at + 1));
assert.deepEqual(await redis.pipeline().set("p", 1).incr("p").exec(), [[null, "OK"], [null, 2]]);
assert.deepEqual(await redis.multi().incr("p").incr("p").exec(), [[null, 3], [null, 4]]);
await assert.rejects(redis.incr("greeting"), /not an integer/);
const found = [];
for await (const keys of redis.scanStream({ match: "b*" })) found.push(...keys);
assert.deepEqual(found, ["board"]);
assert.match(await redis.info("server"), /redis_version:7\.0/);
redis.disconnect();
console.log("ioredis is content");
