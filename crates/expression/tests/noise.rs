//! Whatever the text, there is a program or an error with a place in it; nothing panics or overflows the stack.

use std::sync::Arc;

use columnar::{Column, ErrorCode, Table};
use expression::{Program, parse};
use proptest::prelude::*;

fn table() -> Table {
    Table::new(2, vec![(Arc::from("a"), Arc::new(Column::f64(vec![1.0, 2.0]))), (Arc::from("x"), Arc::new(Column::i32(vec![1, 2])))])
        .unwrap()
}

fn check(text: &[u8]) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(_) => {}
        Err(fault) => {
            prop_assert_eq!(fault.code, ErrorCode::Parse);
            prop_assert!(fault.at <= text.len());
        }
    }
    let table = table();
    if let Ok(program) = Program::compile(text, &table) {
        let column = program.evaluate(&table);
        prop_assert!(column.is_ok_and(|column| column.len() == 2));
        let _ = program.filter(&table);
    }
    Ok(())
}

const TOKENS: [&str; 60] = [
    "a",
    "x",
    "1",
    "2.5",
    "'t'",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "?",
    ":",
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "<",
    ">=",
    "<>",
    "and",
    "or",
    "not",
    "in",
    "between",
    "like",
    "ilike",
    "escape",
    "is",
    "null",
    "true",
    "case",
    "when",
    "then",
    "else",
    "end",
    "\"",
    "'",
    "`",
    "é",
    "1e",
    "||",
    "&&",
    "!",
    "upper(",
    "length(",
    "nullif(",
    "coalesce(",
    "substring(",
    "round(",
    "concat(",
    "toString(",
    "toNumber(",
    "dateTrunc(",
    "year(",
    "timestamp '2024-01-01'",
    "abs(",
    "9007199254740993",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(text in proptest::collection::vec(any::<u8>(), 0..60)) {
        check(&text)?;
    }

    #[test]
    fn any_tokens(tokens in proptest::collection::vec(proptest::sample::select(TOKENS.to_vec()), 0..24)) {
        check(tokens.join(" ").as_bytes())?;
    }
}

#[test]
fn long_repetitions() {
    for token in TOKENS {
        check(format!("{token} ").repeat(20_000).as_bytes()).unwrap();
        check(format!("{token} ").repeat(5_000).as_bytes()).unwrap();
    }
}

#[test]
fn the_longest_text_is_parsed_and_one_more_is_refused() {
    let text = format!("{}1", " ".repeat(65_535));
    assert!(parse(text.as_bytes()).is_ok());
    let error = parse(format!(" {text}").as_bytes()).unwrap_err();
    assert_eq!((error.code, error.at), (ErrorCode::Parse, 65_536));
    // Two code units a character.
    let pairs = format!("'{}'", "\u{1f600}".repeat(32_767));
    assert!(parse(pairs.as_bytes()).is_ok());
    assert!(parse(format!("{pairs} ").as_bytes()).is_err());
}
