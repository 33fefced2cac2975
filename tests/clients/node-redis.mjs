// node-redis against a server: `node node-redis.mjs PORT`. What it prints last says that all was well.

import assert from "node:assert/strict";
import { createClient } from "redis";

for (const RESP of [2, 3]) {
  const client = createClient({ url: `redis://127.0.0.1:${process.argv[2]}/5`, RESP });
  client.on("error", (error) => { throw error; });
  await client.connect();
  await client.flushDb();
  assert.equal(await client.set("greeting", "hello", { EX: 60 }), "OK");
  assert.equal(await client.get("greeting"), "hello");
  assert.equal(await client.get("missing"), null);
  assert.equal(await client.incrBy("n", 5), 5);
  assert.equal(await client.hSet("user", { name: "ann", city: "Accra" }), 2);
  assert.deepEqual({ ...(await client.hGetAll("user")) }, { name: "ann", city: "Accra" });
  assert.equal(await client.rPush("queue", ["a", "b"]), 2);
  assert.deepEqual(await client.lRange("queue", 0, -1), ["a", "b"]);
  assert.equal(await client.sAdd("set", ["x", "y"]), 2);
  assert.equal((await client.sMembers("set")).length, 2);
  assert.equal(await client.zAdd("board", [{ score: 1.5, value: "ann" }]), 1);
  assert.deepEqual(await client.zRangeWithScores("board", 0, -1), [{ value: "ann", score: 1.5 }]);
  assert.deepEqual(await client.multi().incr("p").incr("p").exec(), [1, 2]);
  await assert.rejects(client.incr("greeting"), /not an integer/);
  assert.equal(await client.dbSize(), 7);
  assert.match(await client.info("clients"), /connected_clients:/);
  await client.close();
}
console.log("node-redis is content");
