//! The core as its bindings use it, over the SQLite that rusqlite bundles.

mod common;

use sqlite_utils::cells::{self, Cell};
use sqlite_utils::vfs::arena::Arena;
use sqlite_utils::vfs::{DATABASE, Storage};
use sqlite_utils::{Call, Change, Database, Failure, FunctionKind, Host, NoHost, OnConflict, Operation, Options, Step};
use std::cell::Cell as Flag;
use std::rc::Rc;

fn memory() -> Database {
    on(Rc::new(Arena::default()))
}

fn on(arena: Rc<Arena>) -> Database {
    Database::open(Storage::Memory(arena), Rc::new(NoHost), &Options::default()).unwrap()
}

/// Every value of the result, as text.
fn texts(database: &mut Database, sql: &str) -> Vec<String> {
    let id = database.prepare(sql).unwrap();
    database.start(id, 0).unwrap();
    let width = database.column_names(id).unwrap().len();
    let mut out = Vec::new();
    while database.is_active(id) {
        database.fill(id, 100, 1 << 16).unwrap();
        out.extend(common::texts(database.rows(), width, |blob| format!("{blob:?}")));
    }
    database.finalize(id);
    out
}

#[test]
fn texts_that_repeat_are_told_by_the_row_that_had_them() {
    let mut database = memory();
    let numbers = "WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 999)";
    database.exec(&format!("CREATE TABLE t (a, b, c); {numbers} INSERT INTO t SELECT 'city ' || (i % 7), CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN i ELSE 'né' END, 'own ' || i FROM r")).unwrap();
    let got = texts(&mut database, "SELECT a, b, c, a, '' FROM t ORDER BY rowid");
    for i in 0..1000 {
        let b = match i % 3 {
            0 => "NULL".to_owned(),
            1 => i.to_string(),
            _ => "né".to_owned(),
        };
        assert_eq!(
            got[i * 5..i * 5 + 5],
            [format!("city {}", i % 7), b, format!("own {i}"), format!("city {}", i % 7), String::new()],
            "row {i}"
        );
    }
    let id = database.prepare("SELECT a, c FROM t").unwrap();
    database.start(id, 0).unwrap();
    database.fill(id, 400, 1 << 20).unwrap();
    let same = |column: usize| database.rows().cells.chunks(2).filter(|row| row[column].kind == cells::SAME).count();
    assert_eq!((same(0), same(1)), (400 - 16 - 7, 0), "sixteen rows before it looks, and seven cities made once");
}

fn refused(result: sqlite_utils::Result<impl core::fmt::Debug>) -> Failure {
    result.unwrap_err()
}

#[test]
fn every_kind_of_value_comes_out_as_it_went_in() {
    let mut database = memory();
    database.exec("CREATE TABLE t (v)").unwrap();
    let id = database.prepare("INSERT INTO t VALUES (?)").unwrap();
    let text = "Grüße 😀\0x";
    database.staged().reserve(1, 100).unwrap();
    let staged = database.staged();
    staged.bytes[..text.len()].copy_from_slice(text.as_bytes());
    let span = (text.len() as u64) << 32;
    let values = [
        Cell::default(),
        Cell::integer(-5),
        Cell::integer(i64::MIN),
        Cell::float(0.1),
        Cell { kind: cells::TEXT, length: 0, payload: span },
        Cell { kind: cells::BLOB, length: 0, payload: 3 << 32 },
        Cell { kind: cells::BLOB, length: 0, payload: 0 },
    ];
    for value in values {
        database.staged().cells[0] = value;
        assert_eq!(database.run(id, 1).unwrap().changes, 1);
    }
    let expected = ["NULL", "-5", "-9223372036854775808", "0.1", text, "[71, 114, 195]", "[]"];
    assert_eq!(texts(&mut database, "SELECT v FROM t ORDER BY rowid"), expected);
}

#[test]
fn rows_come_in_portions_and_changes_are_counted_for_changes_alone() {
    let mut database = memory();
    database.exec("CREATE TABLE t (a); INSERT INTO t SELECT value FROM generate_series(1, 10)").unwrap_err();
    database.exec("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 10) INSERT INTO t SELECT i FROM r").unwrap();
    let id = database.prepare("SELECT a FROM t").unwrap();
    database.start(id, 0).unwrap();
    assert_eq!((database.fill(id, 4, 1 << 20).unwrap(), database.is_active(id)), (4, true));
    assert_eq!((database.fill(id, 40, 1 << 20).unwrap(), database.is_active(id)), (6, false));
    assert_eq!(database.outcome(id).unwrap().changes, 0);
    let update = database.prepare("UPDATE t SET a = a + 1 WHERE a > 5").unwrap();
    assert_eq!(database.run(update, 0).unwrap().changes, 5);
    let create = database.prepare("CREATE TABLE u (b)").unwrap();
    assert_eq!(database.run(create, 0).unwrap().changes, 0);
}

#[test]
fn one_statement_is_one_statement() {
    let mut database = memory();
    database.prepare("SELECT 1; -- nothing more\n /* really */ ;").unwrap();
    for several in ["SELECT 1; SELECT 2", "SELECT 1; nonsense"] {
        assert!(refused(database.prepare(several)).message.contains("several"), "{several}");
    }
    for none in ["", "  -- nothing", ";"] {
        assert!(refused(database.prepare(none)).message.contains("no statement"), "{none}");
    }
}

#[test]
fn a_statement_says_which_tables_it_touches_views_and_triggers_resolved() {
    let mut database = memory();
    database
        .exec(
            "CREATE TABLE a (x); CREATE TABLE b (y); CREATE TABLE log (z); CREATE VIEW v AS SELECT x FROM a JOIN b ON x = y;
               CREATE TRIGGER tr AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.x); END;",
        )
        .unwrap();
    let names = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    let view = database.prepare("SELECT * FROM V").unwrap();
    assert_eq!(names(&database.access(view).unwrap().reads), "a b v");
    let insert = database.prepare("INSERT INTO A VALUES (1)").unwrap();
    assert_eq!(names(&database.access(insert).unwrap().writes), "a log");
    let count = database.prepare("SELECT count(*) FROM b").unwrap();
    assert_eq!(names(&database.access(count).unwrap().reads), "b");
    let random = database.prepare("SELECT random()").unwrap();
    assert!(database.access(random).unwrap().volatile);
    let drop = database.prepare("DROP TABLE log").unwrap();
    assert!(database.access(drop).unwrap().schema);
}

#[test]
fn what_would_undo_the_promises_is_refused_and_the_crate_may_do_it() {
    let mut database = memory();
    for sql in [
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = OFF",
        "PRAGMA locking_mode = NORMAL",
    ] {
        assert_eq!(refused(database.exec(sql)).code & 0xff, 23, "{sql}");
    }
    assert!(refused(database.exec("SELECT load_extension('x')")).message.contains("load_extension"));
    database.trusted(|database| database.exec("PRAGMA journal_mode = PERSIST")).unwrap();
    assert_eq!(texts(&mut database, "PRAGMA journal_mode"), ["persist"]);
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1); VACUUM").unwrap();
}

#[test]
fn hostile_sizes_meet_a_limit() {
    let mut database = memory();
    let id = database.prepare("SELECT randomblob(2000000000)").unwrap();
    database.start(id, 0).unwrap();
    assert_eq!(refused(database.fill(id, 1, 100)).code & 0xff, 18);
    let unions = vec!["SELECT 1"; 1000].join(" UNION ALL ");
    database.prepare(&unions).unwrap_err();
    let deep = format!("SELECT {}1{}", "abs(".repeat(2000), ")".repeat(2000));
    database.prepare(&deep).unwrap_err();
    assert_eq!(texts(&mut database, "SELECT 1"), ["1"]);
}

#[test]
fn an_open_transaction_is_rolled_back_from_the_arena_alone() {
    let arena = Rc::new(Arena::default());
    let mut first = on(Rc::clone(&arena));
    first.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b)").unwrap();
    first.exec("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 2000) INSERT INTO t SELECT i, hex(zeroblob(200)) FROM r").unwrap();
    // So little cache that changed pages reach the file before the commit.
    first.trusted(|database| database.exec("PRAGMA cache_size = 10; PRAGMA cache_spill = ON")).unwrap();
    first.exec("BEGIN; UPDATE t SET b = 'changed'; INSERT INTO t VALUES (9999, 'open')").unwrap();
    let copy = Rc::new(Arena::default());
    for name in [DATABASE, "db-journal"] {
        let file = arena.open(name, false).expect(name);
        let mut bytes = vec![0; arena.size(file) as usize];
        arena.read(file, &mut bytes, 0);
        copy.replace(name, &bytes).unwrap();
    }
    let mut second = on(copy);
    assert_eq!(texts(&mut second, "SELECT count(*), sum(b = 'changed'), max(a) FROM t"), ["2000", "0", "2000"]);
    assert_eq!(texts(&mut second, "PRAGMA integrity_check"), ["ok"]);
}

#[test]
fn changes_are_told_when_they_are_committed_and_not_when_they_are_undone() {
    let mut database = memory();
    database.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE)").unwrap();
    database.record_changes(true);
    let told = |database: &mut Database| {
        database.take_changes(100).iter().map(|Change { operation, rowid, .. }| (*operation, *rowid)).collect::<Vec<_>>()
    };
    database.exec("BEGIN; INSERT INTO t VALUES (1, 1)").unwrap();
    assert_eq!(told(&mut database), []);
    database.exec("SAVEPOINT s; INSERT INTO t VALUES (2, 2); ROLLBACK TO S; INSERT INTO t VALUES (3, 3); RELEASE s; COMMIT").unwrap();
    assert_eq!(told(&mut database), [(Operation::Insert, 1), (Operation::Insert, 3)]);
    database.exec("BEGIN; DELETE FROM t; ROLLBACK").unwrap();
    assert_eq!(told(&mut database), []);
    // The first row of a failing statement was inserted, and undone.
    let id = database.prepare("INSERT INTO t VALUES (4, 4), (5, 1)").unwrap();
    assert_eq!(refused(database.run(id, 0)).code, 2067);
    database.exec("UPDATE t SET b = 9 WHERE a = 3").unwrap();
    assert_eq!(told(&mut database), [(Operation::Update, 3)]);
    // SQLite would empty the table at once, and tell nobody.
    database.exec("DELETE FROM t").unwrap();
    assert_eq!(told(&mut database), [(Operation::Delete, 1), (Operation::Delete, 3)]);
}

#[test]
fn a_changeset_is_applied_whole_or_not_at_all() {
    let (mut source, mut target) = (memory(), memory());
    for database in [&mut source, &mut target] {
        database.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')").unwrap();
    }
    source.start_session(&[]).unwrap();
    source.start_session(&[]).unwrap_err();
    source.exec("UPDATE t SET b = 'z' WHERE a = 1; INSERT INTO t VALUES (3, 'new')").unwrap();
    let changeset = source.end_session().unwrap();
    target.exec("UPDATE t SET b = 'other' WHERE a = 1").unwrap();
    target.apply_changeset(&changeset, OnConflict::Abort).unwrap_err();
    assert_eq!(texts(&mut target, "SELECT b FROM t ORDER BY a"), ["other", "y"]);
    target.apply_changeset(&changeset, OnConflict::Omit).unwrap();
    assert_eq!(texts(&mut target, "SELECT b FROM t ORDER BY a"), ["other", "y", "new"]);
    target.exec("DELETE FROM t WHERE a = 3").unwrap();
    target.apply_changeset(&changeset, OnConflict::Replace).unwrap();
    assert_eq!(texts(&mut target, "SELECT b FROM t ORDER BY a"), ["z", "y", "new"]);
    target.apply_changeset(b"no changeset at all", OnConflict::Omit).unwrap_err();
}

#[test]
fn a_damaged_image_is_refused_and_the_old_database_kept() {
    let mut database = memory();
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (7); CREATE INDEX i ON t (a)").unwrap();
    let image = database.serialize().unwrap();
    let mut damaged = image.clone();
    let last = damaged.len() - 4096;
    damaged[last..].fill(0x55);
    for bytes in [&mut vec![7; 5000], &mut damaged, &mut image[..4096].to_vec()] {
        let code = refused(database.deserialize(bytes)).code & 0xff;
        assert!(code == 11 || code == 26, "{code}");
        assert_eq!(texts(&mut database, "SELECT a FROM t"), ["7"]);
    }
    let mut other = memory();
    other.deserialize(&mut image.clone()).unwrap();
    assert_eq!(texts(&mut other, "SELECT a FROM t"), ["7"]);
    other.exec("BEGIN").unwrap();
    assert_eq!(refused(other.deserialize(&mut image.clone())).code & 0xff, 5);
}

#[test]
fn distances_equal_plain_arithmetic() {
    let mut database = memory();
    let blob = |values: &[f32]| {
        let hex: String = values.iter().flat_map(|v| v.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect();
        format!("x'{hex}'")
    };
    let (a, b) = (blob(&[1.0, 2.0, 2.0]), blob(&[2.0, 0.0, 0.0]));
    let sql =
        format!("SELECT vec_distance_cosine({a}, {b}), vec_distance_l2({a}, {b}), vec_distance_dot({a}, {b}), vec_distance_l2(NULL, {b})");
    let got = texts(&mut database, &sql);
    assert_eq!(got[0], (1.0f64 - 2.0 / 6.0).to_string());
    assert_eq!(got[1..], ["3", "-2", "NULL"]);
    for wrong in
        [format!("vec_distance_l2({a}, x'00000000')"), "vec_distance_l2(x'00', x'00')".to_owned(), "vec_distance_dot('text', 1)".to_owned()]
    {
        let id = database.prepare(&format!("SELECT {wrong}")).unwrap();
        database.start(id, 0).unwrap();
        assert!(refused(database.fill(id, 1, 100)).message.contains("embedding"), "{wrong}");
    }
}

/// Doubles numbers; as an aggregate, adds them up. Interrupts when told to.
#[derive(Default)]
struct TestHost {
    sum: Flag<f64>,
    stop: Flag<bool>,
}

impl Host for TestHost {
    fn interrupted(&self) -> bool {
        self.stop.get()
    }
    fn numbers(&self, _function: u32, count: u32, [a, b, _]: [f64; 3]) -> f64 {
        if count == 1 { 2.0 * a } else { a / b }
    }
    fn call(&self, call: &mut Call) -> sqlite_utils::Result<()> {
        match call.step {
            Step::Scalar => call.result.cells[0] = Cell::integer(call.arguments.cells.len() as i64),
            Step::Pending => return Err(Failure::new(1, "no number")),
            Step::Row => self.sum.set(self.sum.get() + f64::from_bits(call.arguments.cells[0].payload)),
            Step::Result => call.result.cells[0] = Cell::float(self.sum.take()),
        }
        Ok(())
    }
}

#[test]
fn functions_of_the_host_take_numbers_unpacked_and_everything_else_packed() {
    let host = Rc::new(TestHost::default());
    let arena = Rc::new(Arena::default());
    let mut database = Database::open(Storage::Memory(arena), Rc::<TestHost>::clone(&host), &Options::default()).unwrap();
    database.create_function("f", -1, 0, FunctionKind::Scalar, true).unwrap();
    database.create_function("total_of", 1, 1, FunctionKind::Aggregate, true).unwrap();
    assert_eq!(
        texts(&mut database, "SELECT f(21), typeof(f(21)), f(1, 4), f('a', 'b'), f(9007199254740993)"),
        ["42", "integer", "0.25", "2", "1"]
    );
    assert_eq!(texts(&mut database, "SELECT total_of(column1) FROM (VALUES (1), (2.5))"), ["3.5"]);
    let id = database.prepare("SELECT f(1, 0)").unwrap();
    database.start(id, 0).unwrap();
    assert_eq!(refused(database.fill(id, 1, 100)).message, "no number");
    database.watch(true);
    host.stop.set(true);
    let endless = database.prepare("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r").unwrap();
    database.start(endless, 0).unwrap();
    assert_eq!(refused(database.fill(endless, 1, 100)).code & 0xff, 9);
}

#[test]
fn nothing_is_written_to_a_database_that_was_opened_for_reading() {
    let arena = Rc::new(Arena::default());
    on(Rc::clone(&arena)).exec("CREATE TABLE t (a)").unwrap();
    let mut reader = Database::open(Storage::Memory(arena), Rc::new(NoHost), &Options { readonly: true }).unwrap();
    assert_eq!(refused(reader.exec("INSERT INTO t VALUES (1)")).code & 0xff, 8);
    assert_eq!(texts(&mut reader, "SELECT count(*) FROM t"), ["0"]);
}
