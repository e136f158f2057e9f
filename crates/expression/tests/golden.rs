//! The golden file of the expression language: tests/unit/data/expression-golden.test.mjs reads the same one.

mod support;

use std::fmt::Write;
use std::sync::Arc;

use columnar::{Bitmap, Codes, Column, ColumnType, Data, ErrorCode, Strings, Table};
use expression::{Ast, Kind, Program, Step, parse};
use support::{Json, golden, same, table};

/// As JSON.stringify.
fn quoted(text: &[u8]) -> String {
    let mut made = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => made.extend(['\\', c]),
                '\n' => made.push_str("\\n"),
                '\t' => made.push_str("\\t"),
                _ => made.push(c),
            }
        }
        for bytes in chunk.invalid().chunks(3) {
            let unit = bytes.iter().fold(0u32, |unit, b| unit << 6 | u32::from(b & 63)) & 0xfff | 0xd000;
            write!(made, "\\u{unit:04x}").unwrap();
        }
    }
    made + "\""
}

fn number(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    value.to_string()
}

/// As tests/support/expression/print.mjs, with doubles as Rust writes them.
fn print(tree: &Ast) -> String {
    let all = |items: &[Ast]| items.iter().map(print).collect::<Vec<_>>().join(" ");
    match &tree.kind {
        Kind::Number { value, exact } => exact.map_or_else(|| number(*value), |k| k.to_string()),
        Kind::Text(text) => quoted(text),
        Kind::Bool(value) => value.to_string(),
        Kind::Null => "null".into(),
        Kind::Time(time) => format!("(timestamp {time})"),
        Kind::Name { path, .. } => {
            let steps = path.iter().map(|step| match step {
                Step::Key(key) => quoted(key),
                Step::Index(place) => place.to_string(),
            });
            format!("(name {})", steps.collect::<Vec<_>>().join(" "))
        }
        Kind::Not(of) => format!("(not {})", print(of)),
        Kind::Neg(of) => format!("(neg {})", print(of)),
        Kind::IsNull(of) => format!("(is-null {})", print(of)),
        Kind::And(items) => format!("(and {})", all(items)),
        Kind::Or(items) => format!("(or {})", all(items)),
        Kind::Join(items) => format!("(join {})", all(items)),
        Kind::Arith { first, rest } => {
            let rest: String = rest.iter().map(|(op, of)| format!(" {} {}", char::from(*op), print(of))).collect();
            format!("(arith {}{rest})", print(first))
        }
        Kind::Compare { op, a, b } => format!("({} {} {})", op.text(), print(a), print(b)),
        Kind::In { of, list } => format!("(in {} {})", print(of), all(list)),
        Kind::Between { of, low, high } => format!("(between {} {} {})", print(of), print(low), print(high)),
        Kind::Like { of, pattern, escape, fold } => {
            let escape = escape.as_ref().map_or(String::new(), |escape| format!(" {}", print(escape)));
            format!("({} {} {}{escape})", if *fold { "ilike" } else { "like" }, print(of), print(pattern))
        }
        Kind::Case { of, whens, otherwise } => {
            let of = of.as_ref().map_or(String::new(), |of| format!(" of {}", print(of)));
            let whens: String = whens.iter().map(|(when, then)| format!(" (when {} {})", print(when), print(then))).collect();
            let otherwise = otherwise.as_ref().map_or(String::new(), |tree| format!(" (else {})", print(tree)));
            format!("(case{of}{whens}{otherwise})")
        }
        Kind::Call { name, args } if args.is_empty() => format!("(call {name})"),
        Kind::Call { name, args } => format!("(call {name} {})", all(args)),
    }
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(80).collect()
}

/// Whether an error is the expected one: code, offset and message.
fn same_error(expected: &Json, code: ErrorCode, message: &str) -> bool {
    let offset = expected.get("offset").unwrap().whole();
    expected.get("code").unwrap().text() == code.as_str().as_bytes()
        && expected.get("message").unwrap().text() == message.as_bytes()
        && message.starts_with(&format!("expression, offset {offset}: "))
}

#[test]
fn every_text_parses_to_its_tree_or_fails_at_its_place() {
    let golden = golden();
    let cases = golden.get("parse").unwrap().list();
    assert!(cases.len() > 250);
    for case in cases {
        let text = case.get("text").unwrap().text();
        match (parse(text), case.get("tree"), case.get("error")) {
            (Ok(tree), Some(expected), None) => {
                // Doubles of more than 21 digits are written in another way.
                let printed = print(&tree).replace("123456789012345680000000000000", "1.2345678901234568e+29");
                assert_eq!(printed, String::from_utf8_lossy(expected.text()), "{}", shown(text));
            }
            (Err(fault), None, Some(expected)) => {
                let error = fault.into_error(text);
                assert!(same_error(expected, error.code, &error.message), "{}: {error:?} is not {expected:?}", shown(text));
            }
            (found, tree, error) => panic!("{}: {found:?} is not {tree:?} {error:?}", shown(text)),
        }
    }
}

#[test]
fn every_expression_gives_its_column() {
    let golden = golden();
    let table = table(&golden);
    let cases = golden.get("results").unwrap().list();
    assert!(cases.len() > 500);
    let mut wrong = Vec::new();
    for case in cases {
        let text = case.get("text").unwrap().text();
        let found = Program::compile(text, &table).and_then(|program| Ok((program.kind(), program.evaluate(&table)?)));
        match (found, case.get("values"), case.get("error")) {
            (Ok((kind, column)), Some(expected), None) => {
                assert_eq!(column.kind().name().as_bytes(), case.get("type").unwrap().text(), "{}", shown(text));
                assert_eq!(column.kind(), kind, "{}", shown(text));
                for (i, value) in expected.list().iter().enumerate() {
                    if !same(&column, i, value) {
                        wrong.push(format!("{}, row {i}: {value:?} expected of {column:?}", shown(text)));
                    }
                }
            }
            (Err(error), None, Some(expected)) if same_error(expected, error.code, &error.message) => {}
            (found, values, error) => wrong.push(format!("{}: {found:?} is not {values:?} {error:?}", shown(text))),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_filter_gives_its_rows() {
    let golden = golden();
    let table = table(&golden);
    for case in golden.get("filters").unwrap().list() {
        let text = case.get("text").unwrap().text();
        match (Program::compile(text, &table).and_then(|program| program.filter(&table)), case.get("bits"), case.get("error")) {
            (Ok(bits), Some(expected), None) => {
                let found: Vec<f64> = (0..table.rows()).map(|i| f64::from(u8::from(bits.get(i)))).collect();
                assert_eq!(found, expected.list().iter().map(Json::number).collect::<Vec<_>>(), "{}", shown(text));
            }
            (Err(error), None, Some(expected)) => assert!(same_error(expected, error.code, &error.message), "{}: {error:?}", shown(text)),
            (found, ..) => panic!("{}: {found:?}", shown(text)),
        }
    }
}

/// The columns one below the other, so that blocks begin and end within them.
fn repeated(table: &Table, times: usize) -> Table {
    let rows = table.rows();
    let at = |i: usize| i % rows;
    let columns = table.names().iter().zip(table.columns()).map(|(name, column)| {
        let count = rows * times;
        let data = match column.data() {
            Data::F64(values) => Data::F64((0..count).map(|i| values[at(i)]).collect()),
            Data::I32(values) => Data::I32((0..count).map(|i| values[at(i)]).collect()),
            Data::I64(values) => Data::I64((0..count).map(|i| values[at(i)]).collect()),
            Data::Bool(bits) => Data::Bool(Bitmap::from_fn(count, |i| bits.get(at(i))).unwrap()),
            Data::Utf8(texts) => Data::Utf8(Strings::from_strs(&(0..count).map(|i| texts.get(at(i))).collect::<Vec<_>>()).unwrap()),
            Data::Dict(codes, dictionary) => {
                let codes = (0..count).map(|i| codes.get(at(i))).collect();
                Data::Dict(Codes::narrowest(codes, dictionary.len()).unwrap(), Arc::clone(dictionary))
            }
        };
        let validity = Bitmap::from_fn(count, |i| column.is_valid(at(i))).unwrap();
        (Arc::clone(name), Arc::new(Column::new(column.kind(), data, Some(validity))))
    });
    Table::new(rows * times, columns.collect()).unwrap()
}

#[test]
fn blocks_join_without_a_seam() {
    let golden = golden();
    let small = table(&golden);
    let large = repeated(&small, 200);
    for case in golden.get("results").unwrap().list() {
        let (text, Some(expected)) = (case.get("text").unwrap().text(), case.get("values")) else { continue };
        let program = Program::compile(text, &small).unwrap();
        let column = program.evaluate(&large).unwrap();
        assert_eq!(column.len(), large.rows());
        for i in 0..large.rows() {
            assert!(same(&column, i, &expected.list()[i % small.rows()]), "{}, row {i}", shown(text));
        }
        if column.kind() == ColumnType::Bool {
            let kept = program.filter(&large).unwrap();
            let holds = |i: usize| expected.list()[i % small.rows()] == Json::Bool(true);
            assert_eq!(kept, Bitmap::from_fn(large.rows(), holds).unwrap(), "{}", shown(text));
        }
    }
}

#[test]
fn an_empty_table_gives_empty_columns() {
    let golden = golden();
    let small = table(&golden);
    let empty = repeated(&small, 0);
    for case in golden.get("results").unwrap().list() {
        if case.get("values").is_some() {
            let program = Program::compile(case.get("text").unwrap().text(), &small).unwrap();
            assert!(program.evaluate(&empty).unwrap().is_empty());
        }
    }
}
