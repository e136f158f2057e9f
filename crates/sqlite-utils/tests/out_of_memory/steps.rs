//! What is done while memory ends: each step with what comes before it (with memory), and the answer that it gives.

use crate::common;
use crate::memory::spared;
use crate::place::{Place, bytes_of};
use sqlite_utils::cells::{self, Cell};
use sqlite_utils::vfs::DATABASE;
use sqlite_utils::vfs::arena::Arena;
use sqlite_utils::{Call, Database, Failure, FunctionKind, Host, OnConflict, Options, Result, Step as CallStep};
use std::cell::Cell as Flag;
use std::rc::Rc;

pub type Answer = Vec<String>;

pub type Act = Box<dyn Fn(&mut Database) -> Result<Answer>>;

pub struct Step {
    pub name: &'static str,
    /// Files on a disk in WAL mode, not an arena.
    pub disk: bool,
    /// It may fail after its transaction was committed.
    pub either: bool,
    pub before: fn(&mut Database) -> Result<()>,
    pub act: Act,
}

/// Adds arguments up; joins texts; keeps the longest text of an aggregate.
#[derive(Default)]
pub struct TestHost {
    total: Flag<f64>,
}

impl Host for TestHost {
    fn interrupted(&self) -> bool {
        false
    }
    fn numbers(&self, _function: u32, _count: u32, [a, b, c]: [f64; 3]) -> f64 {
        a + b + c
    }
    fn call(&self, call: &mut Call) -> Result<()> {
        match call.step {
            CallStep::Row => self.total.set(self.total.get() + call.arguments.text.len() as f64),
            CallStep::Result => call.result.cells[0] = Cell::float(self.total.take()),
            _ => {
                let length = 3 * call.arguments.text.len();
                call.result.reserve(1, length)?;
                for copy in call.result.bytes[..length].chunks_exact_mut(call.arguments.text.len().max(1)) {
                    copy.copy_from_slice(&call.arguments.text);
                }
                call.result.cells[0] = Cell { kind: cells::TEXT, length: 0, payload: (length as u64) << 32 };
            }
        }
        Ok(())
    }
}

pub fn open(place: &Place) -> Result<Database> {
    let host = spared(|| Rc::new(TestHost::default()));
    let mut database = Database::open(place.storage(), host, &Options::default())?;
    if matches!(place, Place::Disk(_)) {
        // As the service sets up a durable storage (js/src/services/sqlite/engine-source.ts).
        database.trusted(|database| database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL"))?;
    }
    // The native SQLite would ask for files; the one that is shipped is compiled to keep them in memory.
    database.trusted(|database| database.exec("PRAGMA temp_store = MEMORY"))?;
    Ok(database)
}

/// Bytes in short: their number and their sum as FNV-1a has it.
fn digest(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{} bytes, {sum:x}", bytes.len())
}

pub enum Value<'a> {
    Number(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

pub fn stage(database: &mut Database, values: &[Value]) -> Result<()> {
    let length = values
        .iter()
        .map(|value| match value {
            Value::Number(_) => 0,
            Value::Text(text) => text.len(),
            Value::Blob(blob) => blob.len(),
        })
        .sum();
    let staged = database.staged();
    staged.reserve(values.len(), length)?;
    let mut at = 0;
    for (i, value) in values.iter().enumerate() {
        let (kind, bytes) = match value {
            Value::Number(number) => {
                staged.cells[i] = Cell::float(*number);
                continue;
            }
            Value::Text(text) => (cells::TEXT, text.as_bytes()),
            Value::Blob(blob) => (cells::BLOB, *blob),
        };
        staged.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        staged.cells[i] = Cell { kind, length: 0, payload: at as u64 | (bytes.len() as u64) << 32 };
        at += bytes.len();
    }
    Ok(())
}

/// Every value of the result, as text.
pub fn texts(database: &mut Database, sql: &str, values: &[Value]) -> Result<Answer> {
    let id = database.prepare(sql)?;
    let result = read(database, id, values);
    database.finalize(id);
    result
}

pub fn read(database: &mut Database, id: u32, values: &[Value]) -> Result<Answer> {
    stage(database, values)?;
    let width = spared(|| database.column_names(id))?.len();
    database.start(id, values.len())?;
    let mut out = Vec::new();
    while database.is_active(id) {
        database.fill(id, 25, 1 << 16)?;
        spared(|| out.extend(common::texts(database.rows(), width, digest)));
    }
    Ok(out)
}

/// In a transaction that is rolled back where the work fails, as the service does it.
fn atomically<T>(database: &mut Database, work: impl FnOnce(&mut Database) -> Result<T>) -> Result<T> {
    database.exec("BEGIN")?;
    let done = work(database).and_then(|value| database.exec("COMMIT").map(|()| value));
    if done.is_err() && database.in_transaction() {
        spared(|| database.exec("ROLLBACK"))?;
    }
    done
}

const CREATE: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b TEXT, c BLOB); CREATE INDEX t_b ON t (b); CREATE TABLE log (n);
    CREATE TRIGGER noted AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END;
    CREATE VIEW few AS SELECT id, b FROM t WHERE a < 3; CREATE TABLE e (id INTEGER PRIMARY KEY, v BLOB);
    CREATE VIRTUAL TABLE docs USING fts5 (body);
    WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 40)
      INSERT INTO t SELECT i, i % 7, printf('%s %d', substr('alpha beta gamma delta', 1 + i % 5), i), zeroblob(50 * i) FROM r;
    INSERT INTO docs SELECT b FROM t;
    INSERT INTO e VALUES (1, x'0000803f000000400000004000000000'), (2, x'000000400000000000000000000000c0'), (3, x'0000004000000000000000000000803f')";

/// The database that every step begins with.
pub fn image() -> Vec<u8> {
    let arena = Rc::new(Arena::default());
    let mut database = open(&Place::Arena(Rc::clone(&arena))).unwrap();
    database.exec(CREATE).unwrap();
    drop(database);
    bytes_of(&arena, DATABASE).unwrap()
}

/// Files of a process that died in a transaction, part of which is in the database file.
pub fn died(image: &[u8]) -> Place {
    let place = Place::with(&[(DATABASE, image)], false);
    let mut database = open(&place).unwrap();
    database.trusted(|database| database.exec("PRAGMA cache_size = 2; PRAGMA cache_spill = ON")).unwrap();
    database.exec("BEGIN; UPDATE t SET b = 'never'; DELETE FROM e").unwrap();
    let left = place.copy();
    let Place::Arena(arena) = &left else { unreachable!("asked for") };
    assert!(bytes_of(arena, "db-journal").is_some_and(|journal| journal.len() > 512), "there is a journal to roll back from");
    left
}

/// Everything that is in the database.
pub fn state(database: &mut Database) -> Answer {
    let mut out = texts(database, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name", &[]).unwrap();
    let own = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*_data' AND name NOT GLOB '*_idx' AND name NOT GLOB '*_content' AND name NOT GLOB '*_docsize' AND name NOT GLOB '*_config' ORDER BY name";
    for table in texts(database, own, &[]).unwrap() {
        out.push(format!("-- {table}"));
        out.extend(
            texts(database, &format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"), &[])
                .or_else(|_| texts(database, &format!("SELECT * FROM \"{table}\" ORDER BY 1"), &[]))
                .unwrap(),
        );
    }
    out.extend(texts(database, "SELECT count(*) FROM docs WHERE docs MATCH 'beta'", &[]).unwrap());
    out
}

fn plain(name: &'static str, sql: &'static str) -> Step {
    Step { name, disk: false, either: false, before: |_| Ok(()), act: Box::new(move |database| texts(database, sql, &[])) }
}

pub fn steps(image: &[u8]) -> Vec<Step> {
    let nothing: fn(&mut Database) -> Result<()> = |_| Ok(());
    let on_disk = |name, act: Act| Step { name, disk: true, either: false, before: nothing, act };
    let in_memory = |name, act: Act| Step { name, disk: false, either: false, before: nothing, act };
    let other = {
        let place = Place::with(&[(DATABASE, image)], false);
        let mut database = open(&place).unwrap();
        database.exec("DELETE FROM t WHERE id > 5; CREATE TABLE more (x); INSERT INTO more VALUES ('there')").unwrap();
        database.serialize().unwrap()
    };
    let changeset = {
        let mut database = open(&Place::with(&[(DATABASE, image)], false)).unwrap();
        record(&mut database).unwrap()
    };
    let long = "lorem ipsum ".repeat(900);
    let blob: Vec<u8> = (0..70_000u32).map(|i| i as u8).collect();
    vec![
        plain(
            "create a table",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, x TEXT COLLATE NOCASE NOT NULL DEFAULT 'y' CHECK (length(x) < 100), z AS (x || '!') STORED, UNIQUE (x))",
        ),
        plain("create an index", "CREATE INDEX t_ab ON t (a, lower(b)) WHERE a > 1"),
        plain("create an FTS5 table", "CREATE VIRTUAL TABLE made USING fts5 (title, body, prefix = '2', tokenize = 'trigram')"),
        in_memory(
            "a script of definitions",
            Box::new(|database| {
                atomically(database, |database| database.exec("ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'd'; ALTER TABLE e RENAME TO e2; DROP VIEW few; DROP TABLE log; CREATE TABLE log (n, m)")).map(|()| Vec::new())
            }),
        ),
        in_memory(
            "insert with long text and blob",
            Box::new(move |database| {
                let id = database.prepare("INSERT INTO t (id, a, b, c) VALUES (?, ?, ?, ?)")?;
                let done = stage(database, &[Value::Number(100.0), Value::Number(0.5), Value::Text(&long), Value::Blob(&blob)])
                    .and_then(|()| database.run(id, 4));
                database.finalize(id);
                done.map(|outcome| vec![outcome.changes.to_string(), outcome.last_insert_rowid.to_string()])
            }),
        ),
        in_memory(
            "insert many",
            Box::new(|database| {
                atomically(database, |database| {
                    let id = database.prepare("INSERT INTO t (id, b) VALUES (?, ?)")?;
                    let rows: Vec<Value> = (0..8)
                        .flat_map(|i| [Value::Number(f64::from(200 + i)), Value::Text("one of many rows that are inserted at once")])
                        .collect();
                    let done = stage(database, &rows).and_then(|()| database.run_many(id, 2, 8).map_err(|(_, failure)| failure));
                    database.finalize(id);
                    done.map(|changes| vec![changes.to_string()])
                })
            }),
        ),
        plain("insert into FTS5", "INSERT INTO docs (rowid, body) VALUES (500, 'alpha and a word that is new'), (501, 'beta beta')"),
        plain(
            "insert, returning",
            "INSERT INTO t (id, b) SELECT id + 300, b || printf('%.300c', 'x') FROM t RETURNING id, b, zeroblob(3000)",
        ),
        plain(
            "select, sorted",
            "SELECT t.a, t.b, x.b, hex(t.c) FROM t JOIN t AS x ON x.a = t.a AND x.id <> t.id WHERE t.b LIKE '%a%' ORDER BY t.b DESC, x.id LIMIT 60",
        ),
        plain(
            "select, windows and recursion",
            "WITH RECURSIVE r(i, s) AS (SELECT 1, 'x' UNION ALL SELECT i + 1, s || i FROM r WHERE i < 30) SELECT i, s, sum(i) OVER (ORDER BY i % 3, i), count(DISTINCT i % 4) FROM r GROUP BY i",
        ),
        plain(
            "texts and blobs made on the way out",
            "SELECT substr(b, 2, 3), zeroblob(5000), CAST(a AS TEXT), upper(b) || char(955), zeroblob(9) FROM t WHERE id < 12",
        ),
        plain(
            "JSON",
            "SELECT json_group_array(json_object('id', id, 'b', b)), (SELECT count(*) FROM json_each('[1,[2,3],{\"a\":null}]')), json_extract('{\"x\":[1,2,{\"y\":\"é\"}]}', '$.x[2].y') FROM t WHERE a = 2",
        ),
        plain(
            "search in FTS5",
            "SELECT rowid, snippet(docs, 0, '[', ']', '…', 5), bm25(docs) < 0 FROM docs WHERE docs MATCH 'gamma OR del*' ORDER BY rank, rowid",
        ),
        plain("update", "UPDATE t SET b = b || ' changed', c = zeroblob(3000), a = a + 1 WHERE id % 2"),
        plain("upsert", "INSERT INTO t (id, b) VALUES (1, 'new'), (2, 'new') ON CONFLICT (id) DO UPDATE SET b = b || excluded.b"),
        plain("delete, with a trigger", "DELETE FROM t WHERE b GLOB '*a*' AND id > 3"),
        in_memory(
            "transaction",
            Box::new(|database| {
                atomically(database, |database| {
                    database.exec("INSERT INTO t (id, b) VALUES (600, 'in a transaction'); UPDATE t SET a = 9 WHERE id < 20; INSERT INTO docs VALUES ('beta too'); DELETE FROM e WHERE id = 2")?;
                    texts(database, "SELECT count(*), sum(a) FROM t", &[])
                })
            }),
        ),
        in_memory(
            "savepoints",
            Box::new(|database| {
                atomically(database, |database| {
                    database.exec("SAVEPOINT one; UPDATE t SET b = 'one'; SAVEPOINT two; DELETE FROM t WHERE id > 10; INSERT INTO docs VALUES ('gone again'); ROLLBACK TO two; RELEASE two; INSERT INTO e VALUES (9, x'00'); RELEASE one")?;
                    texts(database, "SELECT count(*), min(b), max(b) FROM t", &[])
                })
            }),
        ),
        plain("VACUUM", "VACUUM"),
        plain("ANALYZE", "ANALYZE"),
        plain("REINDEX", "REINDEX"),
        plain("integrity_check", "PRAGMA integrity_check"),
        Step {
            // What the recording misses is known when it ends; the transaction stands.
            either: true,
            ..in_memory("record a changeset", Box::new(|database| record(database).map(|bytes| spared(|| vec![digest(&bytes)]))))
        },
        Step {
            before: |database| {
                database.start_session(&[])?;
                database.exec(RECORDED)
            },
            either: true,
            ..in_memory("take a changeset", Box::new(|database| database.end_session().map(|bytes| spared(|| vec![digest(&bytes)]))))
        },
        {
            let changeset = changeset.clone();
            in_memory(
                "apply a changeset",
                Box::new(move |database| database.apply_changeset(&changeset, OnConflict::Abort).map(|()| Vec::new())),
            )
        },
        in_memory(
            "apply a changeset in a transaction",
            Box::new(move |database| {
                let begun = database.exec("BEGIN; INSERT INTO log VALUES (1)");
                let applied = begun.clone().and_then(|()| database.apply_changeset(&changeset, OnConflict::Abort));
                // As somebody who does not care: what there is of it must be all or nothing.
                let end = if begun.is_ok() { "COMMIT" } else { "ROLLBACK" };
                spared(|| if database.in_transaction() { database.exec(end) } else { Ok(()) })?;
                applied.map(|()| Vec::new())
            }),
        ),
        in_memory("serialize", Box::new(|database| database.serialize().map(|bytes| spared(|| vec![digest(&bytes)])))),
        in_memory(
            "deserialize",
            Box::new(move |database| {
                let mut bytes = spared(|| other.clone());
                database.trusted(|database| database.deserialize(&mut bytes)).map(|()| Vec::new())
            }),
        ),
        Step {
            name: "a prepared statement, again and again",
            disk: false,
            either: false,
            before: |database| database.prepare("SELECT id, b, ?2 FROM t WHERE b > ?1 ORDER BY a, id LIMIT 9; -- the first").map(drop),
            act: Box::new(|database| {
                let mut out = read(database, 0, &[Value::Text("b"), Value::Number(1.0)])?;
                let more = [
                    read(database, 0, &[Value::Text("alpha beta gamma"), Value::Blob(&[7; 600])])?,
                    database.column_names(0)?,
                    database.parameter_names(0)?,
                ];
                spared(|| out.extend(more.into_iter().flatten()));
                Ok(out)
            }),
        },
        in_memory(
            "prepare with a comment behind",
            Box::new(|database| {
                let id = database.prepare("SELECT a FROM t WHERE id = 3; -- and\n /* nothing */ ; ")?;
                let result = read(database, id, &[]);
                database.finalize(id);
                result
            }),
        ),
        in_memory(
            "distances",
            Box::new(|database| {
                let query: Vec<u8> = [2.0f32, 0.0, 0.0, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
                texts(
                    database,
                    "SELECT id, vec_distance_cosine(v, ?1), vec_distance_l2(?1, v), vec_distance_dot(v, ?1), vec_distance_l2(zeroblob(16), v), vec_distance_l2(v, zeroblob(16)) FROM e ORDER BY vec_distance_l2(v, ?1)",
                    &[Value::Blob(&query)],
                )
            }),
        ),
        in_memory(
            "functions of the user's",
            Box::new(|database| {
                database.create_function("plus", -1, 0, FunctionKind::Scalar, true)?;
                database.create_function("lengths", 1, 1, FunctionKind::Aggregate, false)?;
                texts(
                    database,
                    "SELECT plus(a, 1), plus(b, printf('%.90c', 'z')), (SELECT lengths(b || '') FROM t) FROM t WHERE id < 6",
                    &[],
                )
            }),
        ),
        Step {
            name: "changes for listeners",
            disk: false,
            either: false,
            before: |database| {
                database.record_changes(true);
                Ok(())
            },
            act: Box::new(|database| {
                let done = atomically(database, |database| database.exec("UPDATE t SET b = 'told'; DELETE FROM e"));
                let changes = spared(|| database.take_changes(1000));
                match done {
                    Ok(()) => Ok(spared(|| changes.iter().map(|change| format!("{change:?}")).collect())),
                    Err(failure) => {
                        assert_eq!(changes, [], "what was undone is not told");
                        Err(failure)
                    }
                }
            }),
        },
        on_disk(
            "WAL: transaction",
            Box::new(|database| {
                atomically(database, |database| {
                    database.exec(
                        "UPDATE t SET b = b || '!', c = zeroblob(2000); INSERT INTO docs VALUES ('in the log'); DELETE FROM e WHERE id = 1",
                    )?;
                    texts(database, "SELECT count(*), max(b) FROM t", &[])
                })
            }),
        ),
        Step {
            before: |database| database.exec("UPDATE t SET a = 5"),
            ..on_disk("WAL: checkpoint", Box::new(|database| texts(database, "PRAGMA wal_checkpoint(TRUNCATE)", &[])))
        },
        on_disk("WAL: serialize", Box::new(|database| database.serialize().map(|bytes| spared(|| vec![digest(&bytes)])))),
        on_disk("WAL: VACUUM", Box::new(|database| texts(database, "VACUUM", &[]))),
    ]
}

const RECORDED: &str =
    "UPDATE t SET b = 'recorded ' || id WHERE id < 9; DELETE FROM e WHERE id = 3; INSERT INTO t (id, b) VALUES (700, 'recorded too')";

fn record(database: &mut Database) -> Result<Vec<u8>> {
    database.start_session(&[])?;
    let done = atomically(database, |database| database.exec(RECORDED));
    let changeset = database.end_session();
    done.and(changeset)
}

/// Refused memory is a typed error, and nothing else is.
pub fn is_typed(failure: &Failure) -> bool {
    failure.is_no_memory() && failure.message == "out of memory"
}
