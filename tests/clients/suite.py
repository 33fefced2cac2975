"""redis-py against a server: `python3 suite.py PORT`. What it prints last says that all was well."""

import sys

import redis

port = int(sys.argv[1])


def check(protocol):
    r = redis.Redis(port=port, db=3, protocol=protocol, decode_responses=True)
    assert r.ping()
    r.flushdb()
    assert r.set("greeting", "hello", ex=60) and r.get("greeting") == "hello"
    assert 0 < r.ttl("greeting") <= 60
    assert r.get("missing") is None
    assert r.set("greeting", "again", nx=True) is None
    assert r.incrby("n", 5) == 5 and r.incrbyfloat("n", 0.5) == 5.5
    assert r.mset({"a": 1, "b": 2}) and r.mget("a", "b", "c") == ["1", "2", None]
    assert r.hset("user", mapping={"name": "ann", "city": "Accra"}) == 2
    assert r.hgetall("user") == {"name": "ann", "city": "Accra"}
    assert r.rpush("queue", "a", "b", "c") == 3 and r.lrange("queue", 0, -1) == ["a", "b", "c"]
    assert r.lpop("queue", 2) == ["a", "b"]
    assert r.sadd("set", "x", "y") == 2 and r.smembers("set") == {"x", "y"}
    assert r.zadd("board", {"ann": 1.5, "bob": 2.5}) == 2
    assert [list(pair) for pair in r.zrange("board", 0, -1, withscores=True)] == [["ann", 1.5], ["bob", 2.5]]
    assert r.zscore("board", "bob") == 2.5
    assert sorted(r.scan_iter(match="b*")) == ["b", "board"]
    pipe = r.pipeline(transaction=False)
    assert pipe.set("p", 1).incr("p").get("p").execute() == [True, 2, "2"]
    pipe = r.pipeline(transaction=True)
    assert pipe.incr("p").incr("p").execute() == [3, 4]
    with r.pipeline() as watching:
        watching.watch("p")
        r.incr("p")
        watching.multi()
        watching.set("p", 0)
        try:
            watching.execute()
            raise AssertionError("a watched key has changed")
        except redis.WatchError:
            pass
    try:
        r.incr("greeting")
        raise AssertionError("it is no number")
    except redis.ResponseError as error:
        assert "not an integer" in str(error)
    try:
        r.lpush("greeting", "x")
        raise AssertionError("it is no list")
    except redis.ResponseError as error:
        assert str(error).startswith("WRONGTYPE")
    info = r.info()
    assert info["redis_version"].startswith("7.0") and info["connected_clients"] >= 1
    assert info["db3"]["keys"] == r.dbsize()
    assert "cmdstat_get" in r.info("commandstats")
    assert r.config_get("maxmemory*")["maxmemory"] == "0"
    assert any(client["db"] == "3" for client in r.client_list())
    assert r.memory_usage("board") > 0
    assert isinstance(r.slowlog_get(), list)
    assert r.command_count() > 100
    assert r.execute_command("DOC.CREATE", f"users{protocol}")
    assert r.execute_command("DOC.SET", f"users{protocol}", "1", '{"age": 30}')
    assert r.execute_command("DOC.COUNT", f"users{protocol}", "age >= 30") == 1


check(2)
check(3)
print("redis-py", redis.__version__, "is content")
