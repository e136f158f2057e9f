//! tests/fixtures/golden/readers.json: what comes of a text, in whole and in pieces.

use columnar::ColumnType;
use data_processor::read::{Ragged, ReadOptions};

use super::document::{Json, parse};
use super::{Format, read, show};

fn cases() -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/golden/readers.json");
    parse(&std::fs::read(path).unwrap()).get("cases").unwrap().list().to_vec()
}

fn options(given: &Json) -> ReadOptions {
    let mut options = ReadOptions::default();
    let Json::Object(fields) = given else { panic!("options are an object") };
    for (key, value) in fields {
        match (std::str::from_utf8(key).unwrap(), value) {
            ("schema", Json::Object(types)) => {
                for (name, kind) in types {
                    let kind = ColumnType::ALL.into_iter().find(|known| known.name() == kind.text()).unwrap();
                    options.schema.push((String::from_utf8(name.clone()).unwrap(), kind));
                }
            }
            ("delimiter", value) => options.delimiter = value.bytes().first().copied(),
            ("header", value) => options.header = *value == Json::Bool(true),
            ("nulls", value) => options.nulls = value.list().iter().map(|text| text.bytes().to_vec()).collect(),
            ("ragged", value) => {
                options.ragged = match value.text() {
                    "fill" => Ragged::Fill,
                    "skip" => Ragged::Skip,
                    other => panic!("ragged {other}"),
                }
            }
            (other, _) => panic!("option {other}"),
        }
    }
    options
}

fn bytes(case: &Json) -> Vec<u8> {
    match case.get("hex") {
        Some(hex) => {
            hex.text().as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
        }
        None => case.get("text").unwrap().bytes().to_vec(),
    }
}

fn same_number(shown: &[u8], wanted: &[u8]) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<f64>().unwrap();
    let (a, b) = (number(shown), number(wanted));
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

fn check(case: &Json, pieces: &[&[u8]], how: &str) {
    let name = case.get("name").unwrap().text();
    let format = match case.get("format").unwrap().text() {
        "csv" => Format::Csv,
        "ndjson" => Format::Lines,
        _ => Format::Document,
    };
    let result = read(format, options(case.get("options").unwrap()), pieces.iter().copied());
    if let Some(error) = case.get("error") {
        let found = result.expect_err(&format!("{name}, {how}: there is no error"));
        assert_eq!(found.code.as_str(), error.get("code").unwrap().text(), "{name}, {how}");
        assert_eq!(found.text(), error.get("message").unwrap().text(), "{name}, {how}");
        return;
    }
    let table = result.unwrap_or_else(|error| panic!("{name}, {how}: {error}"));
    assert_eq!(case.get("rows"), Some(&Json::Number(table.rows() as f64)), "{name}, {how}");
    let wanted = case.get("columns").unwrap().list();
    let shown = show(&table);
    assert_eq!(shown.len(), wanted.len(), "{name}, {how}");
    for ((title, kind, values), column) in shown.iter().zip(wanted) {
        assert_eq!((title.as_str(), *kind), (column.get("name").unwrap().text(), column.get("type").unwrap().text()), "{name}, {how}");
        let wanted = column.get("values").unwrap().list();
        assert_eq!(values.len(), wanted.len(), "{name}, {how}, {title}");
        for (i, (value, wanted)) in values.iter().zip(wanted).enumerate() {
            let equal = match (value, wanted) {
                (None, Json::Null) => true,
                (Some(value), Json::Text(wanted)) if *kind == "f64" => same_number(value, wanted),
                (Some(value), Json::Text(wanted)) => value == wanted,
                _ => false,
            };
            assert!(equal, "{name}, {how}, {title}, row {i}: {value:?} is not {wanted:?}");
        }
    }
}

#[test]
fn every_golden_case_in_whole_and_in_pieces() {
    let cases = cases();
    assert!(cases.len() > 150);
    for case in &cases {
        let bytes = bytes(case);
        check(case, &[&bytes], "in whole");
        for size in [1, 2, 3, 7] {
            check(case, &bytes.chunks(size).collect::<Vec<_>>(), &format!("{size} bytes a piece"));
        }
        for cut in 0..bytes.len().min(300) {
            check(case, &[&bytes[..cut], &bytes[cut..]], &format!("cut at {cut}"));
        }
    }
}
