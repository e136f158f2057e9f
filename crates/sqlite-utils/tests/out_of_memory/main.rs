//! Memory that ends, at every place where it can: the nth allocation of a step fails, or all from the nth on, for n = 1, 2, 3 … until the step
//! runs through. SQLite tests itself so (https://www.sqlite.org/testing.html#oomtesting); here it is SQLite with our layer around it.
//!
//! A step either gives its answer (SQLite does without some memory) or says NOMEM and has changed nothing. Afterwards, with memory, the database is
//! sound, what was committed is there, and the same step gives the same answer: on the same connection, and for another process.

#[path = "../common/mod.rs"]
mod common;
mod memory;
mod place;
mod steps;

use place::Place;
use sqlite_utils::vfs::DATABASE;
use sqlite_utils::{Database, Result};
use std::collections::BTreeMap;
use steps::{Answer, Step, died, image, is_typed, open, state, steps, texts};

#[global_allocator]
static ALLOCATOR: memory::Counted = memory::Counted;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// One allocation fails.
    Once,
    /// All from there on fail, until the step has ended.
    Lasting,
    /// All from there on fail, also while the connection is closed; another one goes on.
    LastingToTheEnd,
}

const MODES: [Mode; 3] = [Mode::Once, Mode::Lasting, Mode::LastingToTheEnd];

/// How often each came.
#[derive(Default, Debug)]
struct Tally {
    refused: usize,
    /// Went on without the memory.
    survived: usize,
    failures: BTreeMap<i32, usize>,
}

fn sound(database: &mut Database, what: &str) {
    assert_eq!(texts(database, "PRAGMA integrity_check", &[]).unwrap(), ["ok"], "{what}");
}

/// What the step does with all the memory it wants.
struct Control {
    before: Answer,
    after: Answer,
    answer: Answer,
}

fn fresh(step: &Step, image: &[u8]) -> (Place, Database) {
    let place = Place::with(&[(DATABASE, image)], step.disk);
    let mut database = open(&place).unwrap();
    (step.before)(&mut database).unwrap();
    (place, database)
}

fn control(step: &Step, image: &[u8]) -> Control {
    let (place, mut database) = fresh(step, image);
    let before = state(&mut database);
    let answer = (step.act)(&mut database).unwrap_or_else(|failure| panic!("{} with memory: {failure:?}", step.name));
    let after = state(&mut database);
    sound(&mut database, step.name);
    assert_eq!(state(&mut open(&place.copy()).unwrap()), after, "{}: for another process", step.name);
    Control { before, after, answer }
}

/// The step with the `n`th allocation refused; None when it has fewer.
fn trial(step: &Step, image: &[u8], control: &Control, mode: Mode, n: u64, tally: &mut Tally) -> Option<()> {
    let what = format!("{}, {mode:?}, allocation {n}", step.name);
    let (place, mut database) = fresh(step, image);
    memory::refuse(n, mode != Mode::Once);
    let result = (step.act)(&mut database);
    let refused = if mode == Mode::LastingToTheEnd {
        drop(database);
        let refused = memory::restore();
        database = open(&place).unwrap_or_else(|failure| panic!("{what}: opened again: {failure:?}"));
        if !step.either {
            (step.before)(&mut database).unwrap();
        }
        refused
    } else {
        memory::restore()
    };
    if refused == 0 {
        assert_eq!(result.as_ref().ok(), Some(&control.answer), "{what}: nothing was refused");
        return None;
    }
    tally.refused += 1;
    assert!(!database.in_transaction(), "{what}: a transaction stayed open");
    check(&what, &result, &control.answer, tally);
    sound(&mut database, &what);
    let now = state(&mut database);
    let expected = if result.is_ok() || (step.either && now == control.after) { &control.after } else { &control.before };
    same(&now, expected, &what);
    if n.is_multiple_of(4) || result.is_ok() {
        same(&state(&mut open(&place.copy()).unwrap()), expected, &format!("{what}: for another process"));
    }
    if result.is_err() && !step.either {
        let again = (step.act)(&mut database).unwrap_or_else(|failure| panic!("{what}: again, with memory: {failure:?}"));
        same(&again, &control.answer, &format!("{what}: again, with memory"));
        sound(&mut database, &what);
        same(&state(&mut database), &control.after, &format!("{what}: after it was repeated"));
    }
    Some(())
}

/// The right answer, or a typed refusal.
fn check(what: &str, result: &Result<Answer>, right: &Answer, tally: &mut Tally) {
    match result {
        Ok(answer) => {
            same(answer, right, what);
            tally.survived += 1;
        }
        Err(failure) => {
            assert!(is_typed(failure), "{what}: {failure:?}");
            *tally.failures.entry(failure.code).or_default() += 1;
        }
    }
}

/// Long answers are not worth printing whole.
fn same(got: &Answer, expected: &Answer, what: &str) {
    if got != expected {
        let at = got.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(got.len().min(expected.len()));
        let piece = |answer: &Answer| answer.get(at).map(|text| text.chars().take(300).collect::<String>());
        panic!("{what}: value {at} is {:?}, not {:?} ({} and {} values)", piece(got), piece(expected), got.len(), expected.len());
    }
}

/// Every allocation of every step; gives the trials, and how many went on without.
fn sweep(mode: Mode, image: &[u8]) -> (usize, usize) {
    let (mut trials, mut survived) = (0, 0);
    for step in steps(image) {
        let control = control(&step, image);
        let mut tally = Tally::default();
        // What a connection that closes without memory leaves behind is looked at for every third.
        let stride = if mode == Mode::LastingToTheEnd { 3 } else { 1 };
        let last = (1..).step_by(stride).find(|&n| trial(&step, image, &control, mode, n, &mut tally).is_none()).unwrap_or_default();
        println!("{:40} {mode:?}: {} allocations, {} survived, {:?}", step.name, last - 1, tally.survived, tally.failures);
        assert!(tally.failures.values().sum::<usize>() > 0, "{}, {mode:?}: memory never ended", step.name);
        trials += tally.refused;
        survived += tally.survived;
    }
    (trials, survived)
}

#[test]
fn at_every_allocation_a_step_gives_its_answer_or_says_that_memory_is_out() {
    memory::install();
    let image = image();
    let results: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads = MODES.map(|mode| {
            scope.spawn({
                let image = &image;
                move || sweep(mode, image)
            })
        });
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    println!("{results:?}");
    let [once, lasting, to_the_end] = results[..] else { unreachable!("three modes") };
    assert!(once.0 >= 12_000 && lasting.0 >= 12_000 && to_the_end.0 >= 4_000, "{results:?}");
    // SQLite does without a larger hash table or page cache.
    assert!((20..500).contains(&once.1), "{once:?}");
}

/// Opening: a new database, one that is there, one whose last process died in a transaction.
#[test]
fn opening_gives_a_database_or_says_that_memory_is_out() {
    memory::install();
    let image = image();
    let whole = state(&mut open(&Place::with(&[(DATABASE, &image)], false)).unwrap());
    let count = whole.iter().position(|value| value.starts_with("-- ")).map(|values| (values / 4).to_string()).unwrap();
    let mut trials = 0;
    let places: [(&str, Place); 4] = [
        ("new", Place::with(&[], false)),
        ("there", Place::with(&[(DATABASE, &image)], false)),
        ("with a hot journal", died(&image)),
        ("on disk", Place::with(&[(DATABASE, &image)], true)),
    ];
    for (name, template) in places {
        for lasting in [false, true] {
            let mut tally = Tally::default();
            for n in 1.. {
                let what = format!("opening {name}, lasting: {lasting}, allocation {n}");
                let place = template.copy();
                memory::refuse(n, lasting);
                // SQLite opens a file when it is first read.
                let opened = open(&place).and_then(|mut database| {
                    texts(&mut database, "SELECT count(*) FROM sqlite_schema", &[]).map(|count| (database, count))
                });
                if memory::restore() == 0 {
                    break;
                }
                tally.refused += 1;
                check(&what, &opened.map(|(_, count)| count), &vec![if name == "new" { "0" } else { &count }.to_owned()], &mut tally);
                let mut database = open(&place).unwrap_or_else(|failure| panic!("{what}: opened again: {failure:?}"));
                sound(&mut database, &what);
                if name == "new" {
                    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
                    assert_eq!(texts(&mut database, "SELECT a FROM t", &[]).unwrap(), ["1"]);
                } else {
                    same(&state(&mut database), &whole, &what);
                }
            }
            println!(
                "opening {name:24} lasting: {lasting}: {} allocations, {} survived, {:?}",
                tally.refused, tally.survived, tally.failures
            );
            assert!(tally.failures.values().sum::<usize>() > 20, "{name}: memory never ended");
            trials += tally.refused;
        }
    }
    assert!(trials >= 500, "{trials}");
}

/// The arena's own promise: what is refused leaves the files as they were, and nothing is forgotten.
#[test]
fn an_arena_that_cannot_grow_keeps_what_it_has() {
    use sqlite_utils::vfs::arena::{Arena, BLOCK};
    let arena = Arena::default();
    let file = arena.open(DATABASE, true).unwrap();
    arena.log(true);
    arena.write(file, &[7; 1000], 0).unwrap();
    let large = vec![8; 20 * BLOCK];
    let mut refused = 0;
    for n in 1.. {
        memory::refuse(n, true);
        let result = arena.write(file, &large, 500);
        if memory::restore() == 0 {
            result.unwrap();
            break;
        }
        result.unwrap_err();
        refused += 1;
        assert_eq!((arena.size(file), arena.bytes()), (1000, BLOCK));
        assert_eq!(place::bytes_of(&arena, DATABASE).unwrap(), [7; 1000]);
    }
    assert!(refused >= 20, "{refused}");
    memory::refuse(1, true);
    let taken = arena.take_dirty(DATABASE);
    memory::restore();
    taken.unwrap_err();
    assert_eq!(arena.take_dirty(DATABASE).unwrap().len(), 321);
}
